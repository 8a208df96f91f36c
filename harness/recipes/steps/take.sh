# All that is in the artifact may have been made by a stranger: nothing of it is run, and no text of it is used as it is.
artifact=$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/runs/$RUN_ID/artifacts" -f name=sockmatrix-merged \
  --jq '[.artifacts[] | select(.expired | not)] | sort_by(.created_at) | last | select(. != null) | "\(.id) \(.size_in_bytes)"')
if [ -z "$artifact" ]; then
  echo "the run has left no merged run, so there is no result to tell"
  exit 0
fi
if [ "${artifact#* }" -gt "$LIMIT" ]; then
  echo "the merged run has ${artifact#* } bytes, more than the $LIMIT that are read here" >&2
  exit 3
fi
gh api "repos/$GITHUB_REPOSITORY/actions/artifacts/${artifact% *}/zip" > merged.zip
sockmatrix ci unpack merged.zip --out merged
sockmatrix report merged --format comment --title "$SOCKMATRIX_TITLE" \
  --source-url "$GITHUB_SERVER_URL/$HEAD_REPOSITORY/blob/$HEAD_SHA" --out comment.md
if [ "$(wc -m < comment.md)" -lt 65000 ]; then
  printf '\n%s, with the page, JUnit and all data: %s/%s/actions/runs/%s\n' "$HEAD_SHA" "$GITHUB_SERVER_URL" "$GITHUB_REPOSITORY" \
    "$RUN_ID" >> comment.md
fi
