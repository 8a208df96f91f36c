# The reports come first; the last step ends with this code.
printf 'code=%s\n' "$code" >> "$GITHUB_OUTPUT"
