"""Drives certflow's pages in a real browser, as an operator does: the main job by mouse, then by keyboard alone.

    drive.py URL CODE OUT FIRST PROFILE SECOND PROFILE

URL of a server; CODE of the first administrator's link; OUT, a folder for pictures; two certificates whose flows have no
publication yet, each with the profile that it is to be published by. Ends with 0 where everything was seen, else says what was
not, and keeps a picture of it.
"""
import pathlib
import subprocess
import sys

from playwright.sync_api import sync_playwright, expect

url, code, out, first, profile, second, other_profile = sys.argv[1:8]
out = pathlib.Path(out)
out.mkdir(parents=True, exist_ok=True)
markup = pathlib.Path(__file__).with_name("markup.py")
password = "seven quiet otters"
patience = 60_000
links = set()


def said(text):
    print(text, flush=True)


def pictures(context, path, name):
    """One page at both widths, light and dark."""
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            page = context.new_page()
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(url + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide at {width}"
            # Before the picture, for which the browser's driver puts styles of its own into the page.
            if scheme == "light" and width == 1440:
                (out / f"{name}.html").write_text(page.content())
                links.update(
                    page.eval_on_selector_all("a[href^='/']", "all => all.map(each => each.getAttribute('href'))"))
            page.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=True)
            page.close()


def follow_links(context):
    """Every link on the pages leads somewhere."""
    dead = []
    for link in sorted(links):
        status = context.request.get(url + link.split("#")[0]).status
        # A page may say that there is nothing to do there now, but not that it is unknown.
        if status in (404, 405) or status >= 500:
            dead.append(f"{link}: {status}")
    assert not dead, "\n".join(dead)
    said(f"followed {len(links)} links")


def check_markup():
    """Names, ids, labels, headings, inline code; contrast of the style sheet."""
    pages = sorted(str(path) for path in out.glob("*.html"))
    for script, arguments in ((markup, pages), (markup.with_name("contrast.py"), [])):
        done = subprocess.run([sys.executable, "-B", script, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    said(f"checked the markup of {len(pages)} pages and the contrast")


def main_job(page):
    page.goto(f"{url}/setup?code={code}")
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password again").fill(password)
    page.locator("form button.main").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    said("chose a password by the link")

    page.locator(".who summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("administrator")
    page.get_by_label("Password").fill("not " + password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".note.bad")).to_be_visible()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    said("signed in")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Automated certificates").click()
    row = page.locator("tbody tr").filter(has=page.get_by_role("link", name=first, exact=True))
    row.locator(".acton summary").click()
    row.get_by_role("link", name="Automated flow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Automated flow: {first}")

    page.locator("#renewal-yes").check()
    page.locator("#renewIn-before-expiration").check()
    page.locator("#days-30").check()
    expect(page.locator("[data-status]")).to_contain_text("up to date", timeout=patience)
    page.get_by_role("button", name="Next: Publishing").click()
    page.locator("#publication-yes").check()
    page.locator("select[name=profile]").first.select_option(profile)
    page.locator("#publishOn-after-renew").check()
    window = page.locator("#window")
    window.locator("[name=day][value=all]").uncheck()
    window.locator("[name=day][value=saturday]").check()
    window.locator("[name=day][value=all]").check()
    window.locator("[name=period][value=all]").check()
    expect(window.locator("[data-hours]")).to_contain_text("168")
    expect(page.locator("[data-status]")).to_contain_text("up to date", timeout=patience)
    page.get_by_role("button", name="Next: Review").click()
    expect(page.locator("#p-review")).to_contain_text(profile)
    expect(page.locator("#p-review .year svg")).to_be_visible()
    (out / "review.html").write_text(page.content())
    page.screenshot(path=out / "review.png", full_page=True)
    for box in page.locator("#p-review [name=confirm]").all():
        box.check()
    # Who would leave with a draft is asked, and stays; who saves it is not asked.
    asked = []
    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()
    page.on("dialog", stay)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Home").click()
    expect(page.locator("#p-review")).to_be_visible()
    assert asked == ["beforeunload"], f"who leaves with a draft is not asked: {asked}"
    page.get_by_role("button", name="Save flow").click()
    expect(page).to_have_url(f"{url}/certificates/{first}")
    page.remove_listener("dialog", stay)
    assert len(asked) == 1, f"who saves is asked: {asked}"
    said("set the flow through every tab, and saved it")

    # A renewal is refused while the version before waits to be published.
    wait_for_serving(page, first, newer=False)
    page.goto(f"{url}/certificates/{first}/renew")
    page.locator("#reason").fill("the drive wants to see it")
    page.locator("form .acts button").first.click()
    # The page itself tells of it, without being asked again.
    page.wait_for_function(
        """() => ["state", "versions"].every((part) =>
            /ersion [2-9]/.test(document.querySelector(`[data-fresh="${part}"]`)?.innerText ?? ""))""",
        timeout=60_000)
    wait_for_serving(page, first)
    said("watched the renewal and the publication to serving")


def wait_for_serving(page, name, newer=True):
    """The version that was there, or a newer one, on the page of the certificate."""
    for _ in range(120):
        page.goto(f"{url}/certificates/{name}")
        trio = page.locator(".trio").inner_text()
        if "1 of 1" in trio.replace("Serving on", "").replace("Published to", "") and not (newer and "ersion 1" in trio):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{name} is not served: {trio}")


def focus(page, selector, key="Tab", limit=200):
    """Presses a key until that has the focus; what has it must always be seen."""
    for _ in range(limit):
        page.keyboard.press(key)
        if page.locator(f"{selector}:focus").count():
            return
        hidden = page.evaluate(
            "() => { const e = document.activeElement; const r = e.getBoundingClientRect();"
            " return e !== document.body && e.checkVisibility() === false ? e.outerHTML.slice(0, 200) : '' }")
        assert not hidden, f"the focus is on something that can't be seen: {hidden}"
    raise AssertionError(f"the keyboard does not reach {selector}")


# What can have the focus, in the order in which it stands in the page and is read; of radios that belong together, one.
ORDER = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')];
  const groups = new Set();
  return all.filter(e => {
    if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) return false;
    if (e.type !== 'radio' || !e.name) return true;
    const mine = [...document.getElementsByName(e.name)].filter(o => o.type === 'radio' && o.form === e.form);
    const one = mine.find(o => o.checked) || mine[0];
    const key = e.name + '/' + (e.form ? [...document.forms].indexOf(e.form) : '');
    if (e !== one || groups.has(key)) return false;
    groups.add(key);
    return true;
  }).map((e, i) => { e.dataset.order = i; return e.outerHTML.slice(0, 120); });
}"""

# What has the focus: its place in that order, and whether it is seen that it has it.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
  return {
    order: e.dataset.order === undefined ? null : Number(e.dataset.order), html: e.outerHTML.slice(0, 200), ring,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && box.top < innerHeight && box.left < innerWidth,
    ahead: e.tabIndex > 0,
  };
}"""


def focus_order(page, path):
    """Tab goes through a page as it is read: by no numbers of its own, the way past the navigation first, always seen."""
    page.goto(url + path)
    forced = page.eval_on_selector_all(
        "[tabindex]", "all => all.filter(e => e.tabIndex > 0).map(e => e.outerHTML.slice(0, 200))")
    assert not forced, f"{path} puts something before its turn: {forced}"
    # Where a field takes the focus by itself, the walk starts at the top nevertheless.
    page.evaluate("() => { if (document.activeElement) document.activeElement.blur(); scrollTo(0, 0);"
                  " getSelection().removeAllRanges(); document.body.tabIndex = -1; document.body.focus();"
                  " document.body.removeAttribute('tabindex'); }")
    order = page.evaluate(ORDER)
    assert order, f"{path} has nothing that takes the focus"
    last, reached = -1, 0
    for step in range(len(order) + 5):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now is None:
            break
        assert now["order"] is not None, f"{path}: the focus is on what was not there to be read: {now['html']}"
        assert now["ring"], f"{path}: it is not seen that this has the focus: {now['html']}"
        assert now["seen"], f"{path}: what has the focus is out of sight: {now['html']}"
        if step == 0:
            skips = page.evaluate("() => document.activeElement.matches('a[href^=\"#\"]')")
            assert skips, f"{path}: the way past the navigation does not come first, but {now['html']}"
        if now["order"] <= last:
            # Around to the first: all were passed.
            assert now["order"] == 0, f"{path}: the focus goes back: {now['html']}"
            break
        left_out = order[last + 1:now["order"]]
        assert not left_out, f"{path}: the focus jumps over {left_out}"
        last, reached = now["order"], reached + 1
    assert reached == len(order), f"{path}: the focus reaches {reached} of {len(order)}, up to {order[max(last, 0)]}"
    return reached


def focus_after_opening(page):
    """What is opened has the focus, or comes next; what is left with Escape gives it back."""
    page.goto(f"{url}/automated")
    focus(page, ".c-act .acton summary")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    inside = page.evaluate("() => document.activeElement.closest('.acton[open]') !== null"
                           " && document.activeElement.matches('a, button')")
    assert inside, "an opened menu does not take the focus with the arrow"
    page.keyboard.press("Escape")
    assert page.locator(".c-act .acton summary:focus").count(), "a menu that is left does not give the focus back"
    page.goto(f"{url}/certificates/{first}/flow")
    for tab, panel in (("tab-publishing", "p-publishing"), ("tab-review", "p-review")):
        focus(page, "[role=tab][aria-selected=true]")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator(f"#{panel}")).to_be_visible()
        now = page.evaluate(
            "panel => { const e = document.activeElement; return e.matches('[role=tab][aria-selected=true]')"
            " || e.closest('#' + panel) !== null || e.matches('h1, h2, [tabindex=\"-1\"]') ? ''"
            " : e.outerHTML.slice(0, 200) }", panel)
        assert not now, f"after opening {tab} the focus is on {now}"
    # A dialog takes the focus, keeps it, and gives it back.
    page.goto(f"{url}/automated")
    focus(page, ".c-act .acton summary")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys[open]")).to_be_visible()
    for _ in range(5):
        where = page.evaluate("() => document.activeElement.closest('dialog[open]') !== null"
                              " || document.activeElement === document.body")
        assert where, "the focus leaves an open dialog"
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).not_to_be_visible()
    assert page.locator(".c-act .acton summary:focus").count(), "a dialog that is left does not give the focus back"
    # The way past the navigation leads into the page.
    page.goto(url + "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('main') !== null"), "the way past leads nowhere"
    said("opened a menu and tabs: the focus is where it is looked for")


def keyboard_alone(page):
    page.goto(url + "/sign-in")
    focus(page, "[name=name]") if not page.locator("[name=name]:focus").count() else None
    page.keyboard.type("administrator")
    focus(page, "[name=password]")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(url + "/automated")
    page.keyboard.press("/")
    page.keyboard.type(second)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda at: "q=" in at)
    expect(page.locator("tbody tr")).to_have_count(1)
    focus(page, ".acton summary")
    while page.locator(".c-act .acton summary:focus").count() == 0:
        focus(page, ".acton summary")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Automated flow: {second}")
    focus(page, "[name=renewIn]")
    while page.locator("#renewIn-automatic:focus").count() == 0:
        page.keyboard.press("ArrowDown")
    focus(page, "[role=tab]", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#p-publishing")).to_be_visible()
    focus(page, "[name=publication]")
    page.keyboard.press("ArrowUp") if not page.locator("#publication-yes:checked").count() else None
    expect(page.locator("#publication-yes")).to_be_checked()
    focus(page, "select[name=profile]")
    page.keyboard.type(other_profile)
    focus(page, ".savebar [value=tab-review]")
    page.keyboard.press("Enter")
    expect(page.locator("#p-review")).to_contain_text(other_profile)
    boxes = page.locator("#p-review [name=confirm]").count()
    for _ in range(boxes):
        focus(page, "[name=confirm]:not(:checked)")
        page.keyboard.press("Space")
    focus(page, "[data-save]")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/certificates/{second}")
    wait_for_serving(page, second, newer=False)
    page.goto(f"{url}/certificates/{second}/renew")
    focus(page, "#reason")
    page.keyboard.type("by keyboard")
    focus(page, "form .acts button")
    # Going elsewhere before the form is sent would call it off.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    wait_for_serving(page, second)
    said("did the same with the keyboard alone")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(patience)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda line: wrong.append(f"console: {line.text}") if line.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(url) else wrong.append(f"asked {asked.url}"))
    try:
        main_job(page)
        named = (
            ("/", "home"), ("/automated", "automated"), (f"/certificates/{first}", "certificate"),
            (f"/certificates/{first}/flow", "flow"), ("/profiles", "profiles"), ("/targets", "targets"),
            ("/runs", "runs"), ("/audit", "audit"), ("/settings", "settings"), ("/people", "people"),
        )
        paths = [path for path, _ in named]
        for path, name in named:
            pictures(context, path, name)
        said("took pictures at 1440 and 390, light and dark")
        follow_links(context)
        check_markup()
        other = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
        other.set_default_timeout(patience)
        typed = other.new_page()
        typed.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page = typed
        keyboard_alone(typed)
        passed = sum(focus_order(typed, path) for path in paths)
        said(f"went through {passed} places of {len(paths)} pages in the order of reading")
        focus_after_opening(typed)
    except BaseException:
        page.screenshot(path=out / "failed.png", full_page=True)
        (out / "failed.html").write_text(page.content())
        raise
    # A refused sign-in is logged by the browser.
    wrong = [line for line in wrong if "status of 401" not in line]
    assert not wrong, "\n".join(wrong)
    browser.close()
said("all seen")
