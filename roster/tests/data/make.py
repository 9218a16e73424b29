#!/usr/bin/env python3
"""Writes the import files beside this script: the same 50 people as spreadsheets save them.

    python3 make.py                 everything by the conventions of Excel, Sheets and Numbers
    python3 make.py --libreoffice   also the files that LibreOffice itself saves (needs soffice)

The files are committed; run this only to change them. All addresses are reserved (RFC 2606).
"""

import csv
import io
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
FIELDS = ["first name", "last name", "email", "title", "office phone", "mobile phone", "fax", "language"]
GERMAN = ["Vorname", "Nachname", "E-Mail-Adresse", "Funktion", "Telefon", "Handy", "Telefax", "Sprache"]
FRENCH = ["Prénom", "Nom", "Adresse e-mail", "Fonction", "Téléphone", "Téléphone portable", "Télécopie", "Langue"]
LOUD = ["FIRST_NAME*", "LAST_NAME*", "E-MAIL*", "JOB TITLE", "OFFICE_PHONE", "MOBILE", "FAX NUMBER", "LOCALE"]

# Every name is representable in Windows-1252, so that all files can hold the same people.
NAMES = """Ann Miller|José García|Jürgen Müller|François Lefèvre|Zoë van der Berg|Søren Kjær|Åse Ødegård|Björn Åkesson
Patrick O'Brien|Mary-Jane Watson|Ana Conceição|Iñaki Núñez|Élodie Bœuf|Œdipe Noël|Renée Château|Günther Weiß
Käthe Strauß|Sigríður Þórsdóttir|Guðmundur Æ. Jónsson|Aleš Škoda|Žofie Šimková|Mária Tóth|Luís Gonçalves|João Simões
Mélanie D'Amours|Anaïs Château-Thierry|Peter Smith, Jr.|Marie "Mimi" Dubois|Li Wei|Yuki Tanaka|Amina Okafor|Chidi Adeyemi
Fatima Al-Sayed|Omar Haddad|Priya Sharma|Ravi Kumar|Nguyen Van An|Tran Thi Bich|Kim Min-jun|Park Seo-yeon
Ivan Petrov|Olga Sidorova|Pedro Alves|Núria Puig|Siobhán Ní Bhriain|Cian Ó Murchú|Heikki Mäkinen|Päivi Yli-Öyrä
Hans-Peter von der Heide|Ümit Özgür"""
TITLES = ["Head of Sales", "", "Support, second level", "Head of\nOperations", 'Lead "Voice"', "Ingénieur; réseau", "Büroleitung"]
LANGUAGES = ["en", "de", "fr", "", "pt-BR", "de-CH"]


def people():
    rows = []
    for number, name in enumerate(NAMES.replace("\n", "|").split("|"), 1):
        first, last = name.split(" ", 1)
        rows.append([
            first,
            last,
            f"User.{number:02}+roster@example.com" if number % 5 == 0 else f"user.{number:02}@example.org",
            TITLES[number % len(TITLES)],
            f"030 12345{number:02}" if number % 2 else f"+49 (30) 555-01{number:02}",
            f"+4915155500{number:02}" if number % 3 == 0 else "",
            "",
            LANGUAGES[number % len(LANGUAGES)],
        ])
    assert len(rows) == 50
    return rows


def text(rows, delimiter=",", line_end="\r\n", quote_all=False):
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    lines = []
    for row in rows:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(row)
        lines.append(out.getvalue().removesuffix("\r\n") + line_end)
    return "".join(lines)


def save(name, content, encoding):
    (HERE / name).write_bytes(content.encode(encoding))


def conventions(rows):
    plain = [FIELDS, *rows]
    save("excel-en-csv-utf8.csv", text(plain), "utf-8-sig")
    save("excel-en-csv.csv", text(plain), "cp1252")
    save("excel-de-csv-utf8.csv", text([GERMAN, *rows], ";"), "utf-8-sig")
    save("excel-de-csv.csv", text([GERMAN, *rows], ";"), "cp1252")
    save("excel-fr-csv.csv", text([FRENCH, *rows], ";"), "cp1252")
    save("excel-unicode-text.txt", text(plain, "\t"), "utf-16")
    save("excel-sep-line.csv", "sep=;\r\n" + text([GERMAN, *rows], ";"), "cp1252")
    save("excel-mac.csv", text(plain, ";", "\r"), "utf-8-sig")
    save("google-sheets.csv", text(plain), "utf-8")
    save("numbers.csv", text(plain, ";", "\n"), "utf-8")
    save("unix.csv", text(plain, ",", "\n", quote_all=True), "utf-8")
    save("pipes.csv", text([LOUD, *rows], "|", "\n"), "utf-8")
    save("utf16-be.csv", "\ufeff" + text(plain), "utf-16-be")
    save("utf16-le-no-mark.csv", text(plain, ";"), "utf-16-le")
    save("no-final-line-end.csv", text(plain).rstrip("\r\n"), "utf-8")
    stray = text([FIELDS], ";") + "\r\n" + text(rows[:20], ";") + ";;;;;;;\r\n\r\n" + text(rows[20:], ";") + "\r\n;;;;;;;\r\n"
    save("stray-blank-lines.csv", stray, "utf-8-sig")
    order = [2, 1, 0, 7, 6, 5, 4, 3]
    shuffled = [[row[i] for i in order] + ["employee no." if n == 0 else str(n)] for n, row in enumerate(plain)]
    save("reordered-extra-column.csv", text(shuffled, "\t"), "utf-8")
    padded = [[f" {cell}\u00a0" if cell else cell for cell in row] for row in plain]
    save("spaces-around.csv", text(padded), "utf-8")
    invites(rows)


def invites(rows):
    lines = [[row[2], "true" if number % 2 else "false"] for number, row in enumerate(rows)]
    loud = [[email.upper(), licence.upper()] for email, licence in lines]
    save("invite-with-header.csv", text([["email", "license"], *lines]), "utf-8-sig")
    save("invite-no-header.csv", text(lines, line_end="\n"), "utf-8")
    save("invite-excel-de.csv", text([["E-Mail", "Lizenz"], *loud], ";"), "cp1252")
    save("invite-unicode-text.txt", text(loud, "\t"), "utf-16")


def libreoffice(rows):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "people.csv").write_text(text([FIELDS, *rows]), encoding="utf-8", newline="")
        as_text = "/".join(f"{column}/2" for column in range(1, len(FIELDS) + 1))
        convert(folder, "people.csv", "ods", f"--infilter=Text - txt - csv (StarCalc):44,34,76,1,{as_text}")
        # Separator, text mark, character set (76 UTF-8, 1 Windows-1252, 65535 UTF-16), first row,
        # column formats, language, quote all text.
        for name, options in {
            "libreoffice-utf8.csv": "44,34,76,1,,0,false",
            "libreoffice-utf8-semicolon-quoted.csv": "59,34,76,1,,0,true",
            "libreoffice-windows-1252.csv": "59,34,1,1,,0,false",
            "libreoffice-utf16-tab.csv": "9,34,65535,1,,0,false",
        }.items():
            convert(folder, "people.ods", f"csv:Text - txt - csv (StarCalc):{options}")
            (HERE / name).write_bytes((folder / "people.csv").read_bytes())


def convert(folder, source, target, *more):
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", *more]
    subprocess.run([*command, "--convert-to", target, "--outdir", folder, folder / source], check=True, capture_output=True)


if __name__ == "__main__":
    conventions(people())
    if "--libreoffice" in sys.argv[1:]:
        libreoffice(people())
