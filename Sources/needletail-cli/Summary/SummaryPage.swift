import NeedletailReports
import NeedletailSystem

/// A summary as one HTML file that loads nothing.
struct SummaryPage {
    let document: SummaryDocument

    func write(to path: String) throws {
        try AtomicFile.write(html(), to: path)
    }

    func html() -> String {
        let text = SummaryText(document: document)
        return PageFrame.html(title: "Network: \(document.model)", footer: "Made by Needletail.") { header in
            header.element("h1", "Network summary")
            header.element("p", ["class": "sub"]) { $0.write(text.heading) }
        } main: { main in
            main.element("ul", [:]) { list in
                for sum in text.sums { list.element("li", sum) }
                for time in text.times.dropFirst() {
                    list.element(
                        "li",
                        "at \(time[0]) operations a second: \(text.times[0][1]) in \(time[1]), and backward \(time[2])")
                }
            }
            main.element("div", ["class": "scroll"]) { scroll in
                scroll.element("table", [:]) { table in
                    table.element("thead") { head in
                        head.element("tr") { row in
                            for (index, column) in text.columns.enumerated() {
                                row.element("th", index < 2 ? ["class": "text"] : [:], column)
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for cells in text.rows.dropFirst() {
                            body.element("tr") { row in
                                for (column, cell) in cells.enumerated() {
                                    row.element("td", column < 2 ? ["class": "text"] : [:], cell)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
