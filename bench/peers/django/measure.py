"""A file of people through django-import-export: checked row by row, written to SQLite.

Called as: python measure.py FILE.csv FOLDER; prints {version, import} with rows a second.
"""

import json
import pathlib
import sys
import time

import django
import import_export
from django.conf import settings

file, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "people.db"}},
    INSTALLED_APPS=["import_export"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

import tablib  # noqa: E402  (Django wants its settings first)
from django.db import connection, models  # noqa: E402
from import_export import resources  # noqa: E402


class Person(models.Model):
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=200)
    last_name = models.CharField(max_length=200, db_index=True)
    title = models.CharField(max_length=200, blank=True)
    office_phone = models.CharField(max_length=50, blank=True)

    class Meta:
        app_label = "import_export"  # The one app that is installed.


class People(resources.ModelResource):
    """As its documentation has it: rows are validated by the model, errors are told row by row."""

    class Meta:
        model = Person
        import_id_fields = ["email"]
        fields = ["email", "first_name", "last_name", "title", "office_phone"]
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True


with connection.cursor() as cursor:
    cursor.execute("PRAGMA journal_mode = WAL")
with connection.schema_editor() as editor:
    editor.create_model(Person)

text = file.read_text(encoding="utf-8")
rows = text.count("\n") - 1
began = time.perf_counter()
data = tablib.Dataset().load(text, format="csv")
data.headers = [name.replace(" ", "_") for name in data.headers]
for dry_run in (True, False):  # First what would happen, then for good: as its admin page does it.
    result = People().import_data(data, dry_run=dry_run, use_transactions=True)
    if result.has_errors() or result.totals["new"] != rows:
        first = [str(error.error) for row in result.rows[:1] for error in row.errors]
        sys.exit(f"not all came in: {dict(result.totals)} {first}")
rate = rows / (time.perf_counter() - began)
print(json.dumps({"version": import_export.__version__, "import": rate}))
