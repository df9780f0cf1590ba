"""Whether the controls of a widget can be used with the keyboard alone, and without seeing them."""

import re

from lab import sync_api

# What a key changes; the number beside a slider can be typed into, too.
CONTROLS = "select, input[type=checkbox], .noUi-handle, button:enabled"
FOCUS = "document.activeElement"
STATE = """part => part.matches('select') ? part.value : part.matches('input') ? part.checked
  : part.getAttribute('aria-valuetext')"""


def move(control, times=1):
    """Change a control with a key, a slider so many times."""
    kind = control.evaluate("part => part.localName")
    keys = {"select": ("ArrowDown", "ArrowUp"), "input": ("Space",)}
    before = control.evaluate(STATE)
    for key in keys.get(kind, ("ArrowRight", "ArrowLeft")):
        # At the end of its range, only one of them has an effect.
        for _ in range(times if kind == "div" else 1):
            control.press(key)
        control.page.wait_for_timeout(200)
        if control.evaluate(STATE) != before:
            return
    raise AssertionError(f"no key changes {control.evaluate('part => part.outerHTML')[:200]}")


def check_controls(box):
    """Every control has a name, is reached with Tab, shows that it is, and answers to a key."""
    controls = box.locator(CONTROLS).all()
    assert controls
    for picture in box.locator("img").all():
        sync_api.expect(picture).to_have_accessible_name(re.compile(r"\w"))
    for stop in box.locator(f"{CONTROLS}, [contenteditable=true]").all():
        sync_api.expect(stop).to_have_accessible_name(re.compile(r"^\w"))
    # From the cell on, as somebody would who has just run it.
    cell = box.locator("xpath=ancestor::*[contains(@class, 'jp-CodeCell')]")
    cell.locator(".jp-InputPrompt").click()
    for control in controls:
        name = control.evaluate("part => part.outerHTML.slice(0, 200)")
        tab_to(control, name)
        with_focus = surroundings(control)
        control.evaluate("part => part.blur()")
        assert surroundings(control) != with_focus, f"nothing shows that the focus is on {name}"
        control.focus()
        if control.evaluate("part => !part.matches('button')"):
            move(control)
            assert control.evaluate(f"part => part === {FOCUS}"), f"a key leads away from {name}"


def tab_to(control, name, most=40):
    for _ in range(most):
        if control.evaluate(f"part => part === {FOCUS}"):
            return
        control.page.keyboard.press("Tab")
    where = control.page.evaluate(f"{FOCUS}.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab does not lead to {name}, but to {where}")


def surroundings(control):
    """A screenshot of a control and a little around it."""
    control.scroll_into_view_if_needed()
    control.page.wait_for_timeout(150)
    box = control.bounding_box()
    clip = {"x": box["x"] - 6, "y": box["y"] - 6}
    clip |= {"width": box["width"] + 12, "height": box["height"] + 12}
    return control.page.screenshot(clip=clip, animations="disabled", caret="hide")
