/// What all pages have in common: one HTML file with everything in it, that loads nothing.
package enum PageFrame {
    /// - Parameters:
    ///   - title: What a browser calls the page.
    ///   - footer: The last line.
    /// - Returns: A page that is well-formed XML as well as HTML.
    package static func html(
        title: String, footer: String, header: (inout Markup) -> Void, main content: (inout Markup) -> Void
    ) -> String {
        var page = Markup()
        page.raw("<!DOCTYPE html>\n")
        page.element("html", ["lang": "en"]) { html in
            html.element("head") { head in
                head.empty("meta", ["charset": "utf-8"])
                head.empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                // Nothing in the file may reach out, whatever the data holds.
                head.empty(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                            + "script-src 'unsafe-inline'",
                    ])
                head.element("title", title)
                head.element("style") { $0.raw(PageStyle.sheet) }
            }
            html.element("body") { body in
                body.element("header") { header(&$0) }
                body.element("main", ["id": "main"], content)
                body.element("footer") { $0.element("p", footer + " Nothing in this page was loaded from elsewhere.") }
                body.element("script") { $0.raw(PageStyle.script) }
            }
        }
        return page.text + "\n"
    }
}
