# SPDX-License-Identifier: MIT
"""The outputs of usher-load for programs, read by parsers that are not ours: JSON,
CSV and the XML of the plot say the same, whatever the run was.

    python3 tests/unit/load/test_outputs.py SAMPLE DOCUMENT

DOCUMENT is docs/load-output.md, which has to name every member and column.
"""
import csv
import io
import json
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

KINDS = ("plain", "schedule", "command", "hostile", "empty")
SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = ""
DOCUMENT = ""


def output(form, kind):
    """The bytes of an output, as text."""
    run = subprocess.run([SAMPLE, form, kind], capture_output=True, check=True, timeout=60)
    return run.stdout.decode("utf-8")


def refuse(name):
    raise ValueError(f"{name} is no number of JSON")


def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a member occurs twice: {keys}"
    return dict(pairs)


def report(kind):
    """The JSON report, read as strictly as the parser can."""
    return json.loads(output("json", kind), parse_constant=refuse, object_pairs_hook=unique)


def rows(kind):
    return list(csv.DictReader(io.StringIO(output("csv", kind)), strict=True))


def elements(root, name):
    return list(root.iter(SVG + name))


class Json(unittest.TestCase):
    def test_every_report_is_valid(self):
        for kind in KINDS:
            self.assertEqual(report(kind)["usher_load"], "0.1.0")

    def test_a_hostile_target_is_a_string_like_any_other(self):
        self.assertIn('"<b>&\'\\\x01\x1b\t\ufffd\ufffd(é', report("hostile")["target"])

    def test_numbers_are_numbers(self):
        def walk(value, key):
            if isinstance(value, dict):
                for name, one in value.items():
                    walk(one, name)
            elif isinstance(value, list):
                for one in value:
                    walk(one, key)
            elif key.endswith(("_s", "_us", "mean", "requests", "count")):
                self.assertIsInstance(value, (int, float), key)
        walk(report("command"), "")

    def test_phases_add_up_to_the_whole(self):
        run = report("command")
        for key in ("requests", "answered", "losses", "bytes_in", "bytes_out"):
            self.assertEqual(sum(phase[key] for phase in run["phases"].values()),
                             run["whole"][key], key)
        self.assertEqual(set(run["phases"]), {"before", "during", "after"})
        self.assertGreater(run["phases"]["during"]["losses"], 0)
        self.assertEqual(run["phases"]["after"]["losses"], 0)

    def test_outcomes_add_up_to_the_requests(self):
        whole = report("command")["whole"]
        self.assertEqual(sum(one.get("requests", 0) for one in whole["outcomes"].values()),
                         whole["requests"])
        lost = sum(one.get("requests", 0) for one in whole["outcomes"].values()
                   if one["kind"] == "loss")
        self.assertEqual(lost, whole["losses"])

    def test_buckets_hold_every_answer_and_give_the_quantiles(self):
        for name, latency in report("schedule")["whole"]["latency"].items():
            self.assertEqual(sum(count for _, count in latency["buckets"]), latency["count"])
            for percent, told in latency["quantiles"].items():
                passed = 0
                for most, count in latency["buckets"]:
                    passed += count
                    if passed >= float(percent) / 100 * latency["count"] - 1e-6:
                        break
                self.assertAlmostEqual(told / most, 1, delta=0.02, msg=f"{name} p{percent}")

    def test_what_was_not_measured_is_absent(self):
        self.assertNotIn("corrected_us", report("plain")["whole"]["latency"])
        self.assertNotIn("rate_per_s", report("plain")["setup"])
        self.assertNotIn("phases", report("plain"))
        self.assertNotIn("command", report("plain"))
        self.assertNotIn("99", report("plain")["whole"]["latency"]["connect_us"]["quantiles"])
        self.assertEqual(report("empty")["whole"]["latency"], {})

    def test_a_schedule_has_its_figures(self):
        run = report("schedule")
        self.assertEqual(run["setup"]["rate_per_s"], 6000)
        self.assertEqual(run["client"]["due"], 42000)
        self.assertIn("lag_us", run["client"])
        self.assertGreater(run["whole"]["latency"]["corrected_us"]["mean"],
                           run["whole"]["latency"]["total_us"]["mean"])


class TimeLine(unittest.TestCase):
    def test_rows_follow_each_other_without_a_gap(self):
        table = rows("command")
        self.assertEqual(float(table[0]["from_s"]), 0)
        for one, following in zip(table, table[1:]):
            self.assertEqual(one["until_s"], following["from_s"])
        self.assertEqual(float(table[-1]["until_s"]), 9)

    def test_rows_add_up_to_the_whole(self):
        for kind in KINDS:
            table, whole = rows(kind), report(kind)["whole"]
            for key in ("requests", "losses", "bytes_in", "bytes_out", "answered"):
                self.assertEqual(sum(int(row[key]) for row in table), whole[key], key)

    def test_every_outcome_has_its_columns(self):
        table = rows("empty")
        for label, outcome in report("empty")["whole"]["outcomes"].items():
            self.assertEqual(label in table[0], "requests" in outcome, label)
            self.assertEqual(f"connections_{label}" in table[0], "connections" in outcome, label)

    def test_each_row_has_every_column(self):
        for kind in KINDS:
            for row in rows(kind):
                self.assertNotIn(None, row)
                self.assertNotIn(None, row.values())

    def test_a_row_knows_its_phase_where_there_is_one(self):
        self.assertEqual([row["phase"] for row in rows("command")],
                         ["before"] * 3 + ["during"] * 3 + ["after"] * 3)
        self.assertEqual({row["phase"] for row in rows("plain")}, {""})

    def test_no_answer_has_no_latency(self):
        self.assertEqual(rows("empty")[0]["latency_p50_us"], "")

    def test_json_has_the_same_time_line(self):
        for kind in KINDS:
            slots = report(kind)["timeline"]
            self.assertEqual(len(slots), len(rows(kind)))
            for slot, row in zip(slots, rows(kind)):
                self.assertEqual(slot["from_s"], float(row["from_s"]))
                self.assertEqual(slot["requests"].get("answered", 0), int(row["answered"]))
                self.assertEqual(slot["connections_open"], int(row["connections_open"]))
                self.assertEqual(slot.get("phase", ""), row["phase"])
                self.assertEqual(slot.get("latency_p99_us", ""),
                                 float(row["latency_p99_us"]) if row["latency_p99_us"] else "")


class Plot(unittest.TestCase):
    def test_every_plot_is_well_formed(self):
        for kind in KINDS:
            self.assertEqual(ElementTree.fromstring(output("svg", kind)).tag, SVG + "svg")

    def test_a_screen_reader_is_told_what_it_shows(self):
        root = ElementTree.fromstring(output("svg", "command"))
        identifiers = {one.get("id"): one for one in root.iter() if one.get("id")}
        self.assertEqual(root.get("role"), "img")
        for name in root.get("aria-labelledby").split():
            self.assertIn(name, identifiers)
        said = identifiers["desc"].text
        for part in ("27,000/s constant", "Latency: p50", "Lost: ", "systemctl reload usherd"):
            self.assertIn(part, said)

    def test_it_needs_no_other_file(self):
        for kind in KINDS:
            text = output("svg", kind)
            for part in ("href", "url(", "@import", "<script", "<image", "var("):
                self.assertNotIn(part, text)

    def test_it_follows_the_readers_scheme(self):
        style = elements(ElementTree.fromstring(output("svg", "plain")), "style")[0].text
        self.assertIn("prefers-color-scheme:dark", style)

    def test_every_class_has_a_style_in_both_schemes(self):
        root = ElementTree.fromstring(output("svg", "command"))
        light, dark = elements(root, "style")[0].text.split("@media")
        for name in ("a", "b", "c", "grid", "axis", "loss", "band", "command", "dot", "tick"):
            self.assertTrue([one for one in root.iter() if one.get("class") == name], name)
            self.assertRegex(light, rf"\.{name}[,{{]")
            self.assertRegex(dark, rf"\.{name}[,{{]")

    def test_nothing_lies_outside_the_picture(self):
        for kind in KINDS:
            root = ElementTree.fromstring(output("svg", kind))
            width, height = float(root.get("width")), float(root.get("height"))
            for one in root.iter():
                for key in ("x", "x1", "x2", "cx"):
                    self.assertTrue(0 <= float(one.get(key, 0)) <= width, one.attrib)
                for key in ("y", "y1", "y2", "cy"):
                    self.assertTrue(0 <= float(one.get(key, 0)) <= height, one.attrib)

    def test_losses_have_a_panel_only_if_there_are_any(self):
        def titles(kind):
            root = ElementTree.fromstring(output("svg", kind))
            return [one.text for one in elements(root, "text") if one.get("class") == "panel"]
        self.assertIn("Lost per second", titles("command"))
        self.assertNotIn("Lost per second", titles("plain"))

    def test_a_bar_says_how_many_were_lost_and_when(self):
        root = ElementTree.fromstring(output("svg", "command"))
        bars = [one for one in elements(root, "rect") if one.get("class") == "loss"]
        self.assertEqual(len(bars), sum(int(row["losses"]) > 0 for row in rows("command")))
        lost = sum(int(bar.find(SVG + "title").text.split(" ")[0].replace(",", ""))
                   for bar in bars)
        self.assertEqual(lost, report("command")["whole"]["losses"])

    def test_the_curve_of_each_phase_is_named(self):
        root = ElementTree.fromstring(output("svg", "command"))
        labels = [one.text for one in elements(root, "text")]
        for name in ("before", "during", "after", "p50", "p99", "99.99 %"):
            self.assertIn(name, labels)

    def test_a_curve_costs_what_it_shows(self):
        for kind in KINDS:
            self.assertLess(len(output("svg", kind)), 64 * 1024)


class Document(unittest.TestCase):
    def named(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            return set(re.findall(r"`([^`]+)`", file.read()))

    def keys(self, value, by_outcome):
        """The members below `value`, but those whose names are outcomes or statuses."""
        if isinstance(value, list):
            for one in value:
                yield from self.keys(one, by_outcome)
        if not isinstance(value, dict):
            return
        for key, one in value.items():
            if key not in by_outcome and not (key.isdigit() and len(key) == 3):
                yield key
            yield from self.keys(one, by_outcome)

    def test_every_member_of_json_is_named(self):
        named = self.named()
        for kind in KINDS:
            run = report(kind)
            for key in self.keys(run, set(run["whole"]["outcomes"])):
                self.assertIn(key, named)

    def test_every_column_of_csv_is_named(self):
        named, outcomes = self.named(), report("empty")["whole"]["outcomes"]
        for column in rows("empty")[0]:
            if column not in outcomes and column.removeprefix("connections_") not in outcomes:
                self.assertIn(column, named)


if __name__ == "__main__":
    SAMPLE = sys.argv.pop(1)
    DOCUMENT = sys.argv.pop(1)
    unittest.main()
