#!/usr/bin/env bash
# propose-models.sh DIRECTORY: opens a pull request with the files of the directory, in the repository of the current directory. Updates a
# pull request that is already open. Does nothing when the files are unchanged.
set -euo pipefail
branch=models-refresh
title='models: refresh the table of known models'
cp -R "$1/." .
git add --all
if git diff --cached --quiet; then
  echo 'The table is up to date'
  exit
fi
git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \
  commit --quiet --message "$title"
gh auth setup-git
git push --quiet --force origin "HEAD:refs/heads/$branch"
if [ -z "$(gh pr list --state open --head "$branch" --json number --jq '.[].number')" ]; then
  gh pr create --head "$branch" --title "$title" --body 'Made by `bun run models:refresh`. The tests passed before this was opened.'
fi
