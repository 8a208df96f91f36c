# A runner that starts images has the engine beside the job; another one has its own, if any.
if python -c 'import socket; socket.gethostbyname("docker")' 2> engine.log; then export DOCKER_HOST=tcp://docker:2375; fi
