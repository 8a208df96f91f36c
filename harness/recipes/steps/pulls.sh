: > comment.md # one that lies here is not ours
# The event names the branch and the commit; no pull request of a fork is named in it. One that has moved on is left to its next run.
gh api --method GET --paginate "repos/$GITHUB_REPOSITORY/pulls" -f state=open -f head="$HEAD_OWNER:$HEAD_BRANCH" \
  --jq '.[] | select(.head.sha == env.HEAD_SHA) | .number' > pulls.txt
if [ ! -s pulls.txt ]; then echo "no open pull request is at $HEAD_SHA"; fi
