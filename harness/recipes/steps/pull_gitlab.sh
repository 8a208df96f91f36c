# The image of this job has no docker command; the library that sockmatrix uses can do it.
set -f
# shellcheck disable=SC2086 # names of images, which have no blanks
python -c 'import docker, sys; [docker.from_env().images.pull(image) for image in sys.argv[1:]]' $SOCKMATRIX_IMAGES
