python3 -m venv .sockmatrix
. .sockmatrix/bin/activate
