sockmatrix plan --out sockmatrix-plan.json
matrix=$(sockmatrix ci matrix --plan sockmatrix-plan.json --json)
printf 'matrix=%s\n' "$matrix" >> "$GITHUB_OUTPUT"
