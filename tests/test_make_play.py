"""What the page that paints is made of; tests/browser/test_play.py opens it."""

import base64
import json

import numpy as np

import make_play


def test_weights_survive_their_export(tmp_path):
    kernel = np.array([[-1.5, 0.0], [6.1e-5, 65504.0]], "float16")
    names = np.array(["hokusai", "photograph"])
    np.savez(tmp_path / "weights.npz", **{"a/kernel": kernel, "names": names})
    script = make_play.script("weights", make_play.exported(tmp_path / "weights.npz"))
    arrays = json.loads(script.partition("]=")[2].rstrip(";\n"))
    assert arrays["names"]["values"] == ["hokusai", "photograph"]
    read = np.frombuffer(base64.b64decode(arrays["a/kernel"]["float16"]), "<f2")
    assert np.array_equal(read.reshape(arrays["a/kernel"]["shape"]), kernel)


def test_all_pictures_come_with_author_and_title():
    found = make_play.pictures(make_play.ROOT / "data")
    names = {kind: sorted(each["name"] for each in found[kind]) for kind in found}
    assert names == {
        kind: sorted(path.stem for path in (make_play.ROOT / "data" / kind).glob("*.jpg"))
        for kind in ("content", "style")
    }
    assert all(each["author"] and each["title"] for kind in found for each in found[kind])


def test_a_lesson_that_is_not_there_yet_is_not_linked():
    template = 'So.\n<a href="{{lesson 00}}">00</a>\n<a href="{{lesson 99}}">99</a> says why.\n'
    assert make_play.page(template, ["00_first"]) == 'So.\n<a href="00_first.html">00</a>\n'
