"""How Sphinx makes the website. make_book.py calls it, with pages that it has written."""

import html

from docutils.nodes import SkipNode

project = "Neural style transfer"
html_title = "Neural style transfer"
language = "en"
extensions = ["myst_nb"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

html_theme = "furo"
templates_path = ["templates"]
html_static_path = ["book.css", "book.js", "search.js"]
html_css_files = ["../vendor/katex/katex.min.css", "book.css"]
html_js_files = ["../vendor/katex/katex.min.js", "book.js"]
# The accents are those of the slides and figures. Dark ones hold by choice, or where the system is
# dark and nobody chose.
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#005a8e",
        "color-brand-content": "#005a8e",
        "color-brand-visited": "#6b3fa0",
        "edge": "#d0d4d9",
        "fold": "#f3f5f7",
        "mark": "#0072b2",
        "mystnb-source-bg-color": "#f7f8fa",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8cc8f0",
        "color-brand-content": "#8cc8f0",
        "color-brand-visited": "#c9a8f0",
        "edge": "#4a4f57",
        "fold": "#1f2329",
        "mark": "#56b4e9",
        "mystnb-source-bg-color": "#1f2329",
    },
}
html_math_renderer = "katex"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
# No sources beside the pages: they have what SOLUTIONS=no leaves out, and double the size.
html_copy_source = False
html_use_index = False
html_domain_indices = False
html_show_copyright = False


def formula(kind):
    """Leaves a formula as TeX, which KaTeX finds by its class (see book.js)."""

    def visit(translator, node):
        tag = "div" if kind == "math display" else "span"
        text = html.escape(node.astext())
        translator.body.append(f'<{tag} class="{kind}">{text}</{tag}>')
        raise SkipNode

    return visit, None


def search_scripts(app, pagename, templatename, context, doctree):
    """The search page alone needs the texts of all pages."""
    if pagename == "search":
        app.add_js_file("texts.js")
        app.add_js_file("search.js")


def setup(app):
    app.add_html_math_renderer("katex", formula("math"), formula("math display"))
    app.connect("html-page-context", search_scripts)
