"""GitHub's command `gh api` for tests: answers from a file of what there is, and writes into it what was asked and changed."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import jq  # type: ignore[import-not-found]  # compiled, without types

Asked = dict[str, Any]
BOT = {"login": "github-actions[bot]"}


def asked(arguments: list[str]) -> Asked:
    """The command line, taken apart; what this stand-in does not know ends it."""
    found: Asked = {"method": "GET", "fields": {}, "jq": ".", "path": ""}
    rest = iter(arguments)
    assert next(rest) == "api"
    for word in rest:
        if word == "--method":
            found["method"] = next(rest)
        elif word == "--jq":
            found["jq"] = next(rest)
        elif word in ("-f", "-F"):
            name, _, said = next(rest).partition("=")
            found["fields"][name] = Path(said[1:]).read_text("utf-8") if word == "-F" and said.startswith("@") else said
        elif word not in ("--paginate", "--silent"):
            assert not found["path"], word
            found["path"] = word
    return found


def answer(state: dict[str, Any], question: Asked) -> Any:
    """What GitHub says to it, and what it then has in mind."""
    project = "repos/owner/project"
    match question["method"], question["path"].removeprefix(project + "/").split("/"):
        case "GET", ["pulls"]:
            assert question["fields"].keys() == {"state", "head"}
            return [each for each in state["pulls"] if each["head"]["label"] == question["fields"]["head"]]
        case "GET", ["actions", "runs", run, "artifacts"]:
            return {
                "artifacts": [each for each in state["artifacts"] if str(each["run"]) == run and each["name"] == question["fields"]["name"]]
            }
        case "GET", ["actions", "artifacts", number, "zip"]:
            return Path(next(each["file"] for each in state["artifacts"] if str(each["id"]) == number)).read_bytes()
        case "GET", ["issues", number, "comments"]:
            return state["comments"].get(number, [])
        case "POST", ["issues", number, "comments"]:
            made = {"id": 1000 + len(state["asked"]), "user": BOT, "body": question["fields"]["body"]}
            state["comments"].setdefault(number, []).append(made)
            return made
        case "PATCH", ["issues", "comments", number]:
            everybody = [each for comments in state["comments"].values() for each in comments]
            mine = next(each for each in everybody if str(each["id"]) == number)
            assert mine["user"] == BOT, "a comment of somebody else was written over"
            mine["body"] = question["fields"]["body"]
            return mine
    sys.exit(f"gh: Not Found (HTTP 404): {question['path']}")


def main() -> None:
    """Answer one question."""
    assert os.environ["GH_TOKEN"] == "a token"
    file = Path(os.environ["GH_STATE"])
    state = json.loads(file.read_text("utf-8"))
    question = asked(sys.argv[1:])
    found = answer(state, question)
    state["asked"].append(f"{question['method']} {re.sub('^repos/owner/project/', '', question['path'])}")
    file.write_text(json.dumps(state), "utf-8")
    if isinstance(found, bytes):
        sys.stdout.buffer.write(found)
    elif "--silent" not in sys.argv:
        for each in jq.compile(question["jq"]).input_value(found):
            print(each if isinstance(each, str) else json.dumps(each))


if __name__ == "__main__":
    main()
