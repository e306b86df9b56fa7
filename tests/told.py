#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""told.py FOLDER SCHEMA: is every page (*.html) and every document (*.json) in FOLDER valid?

One file after the other; the last line is "N passed, N failed".
"""
import json
import os
import sys

sys.dont_write_bytecode = True                                  # the sources may be read-only
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page                                                     # noqa: E402

try:
    import jsonschema
    with open(sys.argv[2]) as f:
        judge = jsonschema.Draft202012Validator(json.load(f))
except ImportError:
    judge = None
    print("no jsonschema: of documents only the syntax is tested")
if not page.html5lib:
    print("no html5lib: pages are tested as XML only")


def check(path):
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".html"):
        page.check(data, [])
        return
    doc = json.loads(data)
    if judge:
        judge.validate(doc)
    if (doc["result"] == "ok") != ("error" not in doc):
        raise ValueError("result %s" % doc["result"])


passed = failed = 0
for name in sorted(os.listdir(sys.argv[1])):
    try:
        check(os.path.join(sys.argv[1], name))
        passed += 1
    except (Exception, SystemExit) as e:                        # whatever it is, it is the file's fault
        failed += 1
        print("FAIL %s: %s" % (name, str(e).split("\n")[0]))
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
