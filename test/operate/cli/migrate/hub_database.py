"""Makes a database of JupyterHub with two tokens of ada, and prints them with the table that a query makes of it."""

import csv
import io
import json
import os
import sqlite3
import sys
import tempfile

from jupyterhub import orm, roles

folder = tempfile.mkdtemp()
path = os.path.join(folder, "jupyterhub.sqlite")
session = orm.new_session_factory(f"sqlite:///{path}")()
session.add(orm.OAuthClient(identifier="jupyterhub"))
ada = orm.User(name="ada")
session.add(ada)
session.commit()
for role in roles.get_default_roles():
    roles.create_role(session, role)
made = ada.new_api_token(note="laptop", expires_in=86_400)
chosen = ada.new_api_token(token="chosen-by-ada-herself", generated=False)
session.commit()

cursor = sqlite3.connect(path).execute(sys.stdin.read())
table = io.StringIO()
rows = csv.writer(table)
rows.writerow([column[0] for column in cursor.description])
rows.writerows(cursor.fetchall())
print(json.dumps({"tokens": [made, chosen], "table": table.getvalue()}))
os.remove(path)
os.rmdir(folder)
