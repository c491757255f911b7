"""A small API as the pages of docs/ presuppose it: a collection with saved examples, and the files around it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from support.mocks import Json, example, item, json_body, request

ROOT = Path(__file__).parents[2]
USER = {"id": "u1", "name": "Ann", "status": "active", "active": True, "token": "t-1"}
ORDER = {"id": "o1", "state": "open", "total": 3, "items": [{"price": 1}, {"price": 2}]}
#: Names under which pages speak of the collection.
NAMES = (
    "api.json", "api.postman_collection.json", "shop.json", "shop.postman_collection.json", "collection.json",
    "old.json", "users.json", "orders.json", "apis/one.postman_collection.json",
    "more/of/these/two.postman_collection.json", "collections/api.postman_collection.json",
    "collections/shop.postman_collection.json", "collections/users.postman_collection.json",
)  # fmt: skip
ENVIRONMENTS = (
    "staging.postman_environment.json", "env.json", "dev.json", "environments/staging.json", "staging.json",
    "environments/staging.postman_environment.json", "local.postman_environment.json",
)  # fmt: skip
WORKFLOW = """\
collection: shop.postman_collection.json
steps:
  - run: Users/Create user
    expect: {status: 201}
always:
  - run: Users/Delete user
"""


def shop(base: str) -> Json:
    """The collection; ``base`` is where a server answers from its examples."""

    def call(name: str, method: str, path: str, code: int, answer: Json, test: str = "", **more: Json) -> Json:
        check = f"pm.test('{code}', () => pm.response.to.have.status({code}));\n"
        body = "" if answer is None else json.dumps(answer)
        url = "{{base}}" + path
        answered = request(url.replace("{{user_id}}", "u1").replace("{{order_id}}", "o1"), method, **more)
        return item(name, request(url, method, **more), example(name, code, body, answered), test=check + test)

    def keep(name: str) -> str:
        return f"pm.collectionVariables.set('{name}', pm.response.json().id);"

    def with_body(value: Json) -> Json:
        return {"body": json_body(value), "header": [{"key": "Content-Type", "value": "application/json"}]}

    users = [
        call("Create user", "POST", "/users", 201, USER, keep("user_id"), **with_body({"name": "Ann"})),
        call("Get user", "GET", "/users/{{user_id}}", 200, USER),
        call("List users", "GET", "/users", 200, [USER], description="Takes its time. #slow"),
        call("Delete user", "DELETE", "/users/{{user_id}}", 204, None),
    ]
    orders = [
        call("Create order", "POST", "/orders", 201, ORDER, keep("order_id"), **with_body({"user": "{{user_id}}"})),
        call("Get order", "GET", "/orders/{{order_id}}", 200, ORDER),
    ]
    actions = [call("Greet", "GET", "/users/{{user_id}}/greeting", 200, {"text": "Hello"})]
    return {
        "info": {
            "name": "Shop",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": [
            {"name": name, "item": part} for name, part in (("Users", users), ("Orders", orders), ("Actions", actions))
        ],
        "variable": [{"key": "base", "value": base}, {"key": "user_id", "value": ""}, {"key": "order_id", "value": ""}],
    }


def ground(folder: Path, base: str) -> None:
    """Fills a folder with the files that the pages name."""
    collection = json.dumps(shop(base), indent=2)
    texts = dict.fromkeys(NAMES, collection)
    environment = json.dumps({"name": "Staging", "values": [{"key": "currency", "value": "EUR", "enabled": True}]})
    texts |= dict.fromkeys(ENVIRONMENTS, environment)
    texts["globals.json"] = environment
    texts["users.postman_collection.json"] = collection.replace("{{user_id}}", "{{user_idd}}", 1)
    texts["rows.csv"] = texts["users.csv"] = "name,age\nAnn,31\nBob,32\n"
    texts["onboarding.workflow.yaml"] = WORKFLOW
    texts["api.http"] = f"### List users\nGET {base}/users\n"
    texts["openapi.yaml"] = (
        f"openapi: 3.1.0\ninfo: {{title: Shop, version: '1'}}\nservers: [{{url: '{base}'}}]\n"
        "paths:\n  /users:\n    get:\n      responses:\n        '200': {description: all}\n"
    )
    texts["recording.har"] = json.dumps(
        {"log": {"version": "1.2", "creator": {}, "entries": [{"request": {"method": "GET", "url": f"{base}/users"}}]}}
    )
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for file in (ROOT / "collections").iterdir():
        shutil.copy(file, folder / "collections")


def under_git(folder: Path) -> None:
    """Makes the folder a clone in which everything is committed and pushed but one change, which is wrong."""

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "all")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    collection = json.loads((folder / "api.json").read_text("utf-8"))
    collection["item"][-1]["item"][0]["event"][0]["script"]["exec"] = [
        "pm.test('gone', () => pm.response.to.have.status(410));"
    ]
    (folder / "api.json").write_text(json.dumps(collection), encoding="utf-8")
