# On Windows there may be no python3, and the commands of an environment are in Scripts.
for python in python3 python; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> prepare.log; then break; fi
done
"$python" -m venv .sockmatrix
if [ -d .sockmatrix/Scripts ]; then . .sockmatrix/Scripts/activate; else . .sockmatrix/bin/activate; fi
