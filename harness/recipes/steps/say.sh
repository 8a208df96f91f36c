if [ ! -s comment.md ]; then exit 0; fi
MARKER=$(head -n 1 comment.md)
export MARKER
while read -r number; do
  # Only what this workflow has written itself: anybody can begin a comment with the marker.
  gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
    --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id' > comments.txt
  id=$(head -n 1 comments.txt)
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@comment.md
  else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F body=@comment.md
  fi
done < pulls.txt
