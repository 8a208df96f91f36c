# Names of images have no blanks.
for image in $SOCKMATRIX_IMAGES; do
  docker pull --quiet "$image"
done
