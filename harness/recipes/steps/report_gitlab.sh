sockmatrix report sockmatrix-merged --format html,junit,codequality,json,svg --title "$SOCKMATRIX_TITLE" \
  --source-url "$CI_PROJECT_URL/-/blob/$CI_COMMIT_SHA" --out sockmatrix-report
exit "$code"
