# The image of this job has no docker command, but the library that sockmatrix uses. The engine beside it takes a while to start.
set -f
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  if python -c 'import docker; docker.from_env().ping()' 2> engine.log; then break; fi
  sleep 3
done
# shellcheck disable=SC2086 # names of images, which have no blanks
python -c 'import docker, sys; [docker.from_env().images.pull(image) for image in sys.argv[1:]]' $SOCKMATRIX_IMAGES
