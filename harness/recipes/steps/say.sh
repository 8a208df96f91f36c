if [ ! -s pulls.txt ]; then exit 0; fi
body=comment.md
if [ ! -s comment.md ]; then
  # A comment that is there says what an older commit came to, so it is written over. Where there is none, the failed checks say enough.
  body=lost.md
  words=$(printf 'sockmatrix report %s' "$SOCKMATRIX_TITLE" | sed -E 's/ +$//; s/[<>-]+/-/g; s/-+$//')
  {
    printf '<!-- %s -->\n## %s\n\n' "$words" "${SOCKMATRIX_TITLE:-Sockmatrix}"
    printf '❌ **The run of %s has left no result that could be read.** What stood here before was not of it.\n\n' "$HEAD_SHA"
    printf 'What happened: %s/%s/actions/runs/%s\n' "$GITHUB_SERVER_URL" "$GITHUB_REPOSITORY" "$RUN_ID"
  } > lost.md
fi
MARKER=$(head -n 1 "$body")
export MARKER
while read -r number; do
  # Only what this workflow has written itself: anybody can begin a comment with the marker.
  gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
    --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id' > comments.txt
  id=$(head -n 1 comments.txt)
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$body"
  elif [ "$body" = comment.md ]; then
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F body=@comment.md
  fi
done < pulls.txt
