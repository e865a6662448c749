"""The table [[retention]]: what it may say, and how a fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.db.records import KeptRule
from service.db.sites import SiteRepository
from service.errors import SiteInvalid
from service.registering import register
from service.site import parse_site
from tests.databases import KINDS, empty_database

SITE = """\
schema = 1
[site]
id = "s"
name = "S"
agency = "A"
[[cameras]]
id = "c"
name = "C"
source = "rtsp://camera"
"""
PATH = Path("site.toml")
GOOD = '[[retention]]\nrule = "smoking"\nkeep_days = 90\nbasis = "QĐ 12"\nearly = false\n'


def test_every_line_is_kept_with_the_site(tmp_path: Path) -> None:
    site = parse_site(SITE + GOOD + '[[retention]]\nrule = "*"\nkeep_days = 14\nbasis = "QĐ 13"\n', PATH)
    for kind in KINDS:
        with empty_database(kind, tmp_path) as database, database.transaction() as session:
            register(SiteRepository(session), site)
            wanted = (KeptRule("smoking", 90, "QĐ 12", False), KeptRule("*", 14, "QĐ 13", True))
            session.expire_all()
            assert wanted == SiteRepository(session).site("s").retention


def test_without_the_table_nothing_is_said() -> None:
    assert () == parse_site(SITE, PATH).retention


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('rule = "smokin"\nkeep_days = 9\nbasis = "b"', "site.toml:11: retention.0.rule: 'smokin' is no rule"),
        ('rule = "citizens_waiting"\nkeep_days = 9\nbasis = "b"', "site.toml:11: retention.0.rule: .* has no evidence"),
        ('rule = "*"\nkeep_days = 0\nbasis = "b"', "site.toml:12: retention.0.keep_days: .* greater than"),
        ('rule = "*"\nkeep_days = 9\nbasis = ""', "site.toml:13: retention.0.basis: .*at least 1"),
        ('rule = "*"\nkeep_days = 9', "site.toml:10: retention.0.basis: is missing"),
        ('rule = "*"\nkeep_days = 9\nbasis = "b"\ndays = 3', "site.toml:14: retention.0.days: unknown key"),
        (f'rule = "smoking"\nkeep_days = 9\nbasis = "b"\n{GOOD}', "site.toml:15: retention.1.rule: two lines"),
    ],
)
def test_a_fault_names_file_line_and_key(line: str, wanted: str) -> None:
    with pytest.raises(SiteInvalid, match=wanted):
        parse_site(f"{SITE}[[retention]]\n{line}\n", PATH)
