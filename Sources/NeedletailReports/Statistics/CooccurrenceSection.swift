import NeedletailCuration

/// Which classes stand in the same images.
struct CooccurrenceSection {
    let cooccurrence: Cooccurrence

    func write(to markup: inout Markup) {
        guard cooccurrence.classes.count > 1 else { return }
        markup.element("section", ["aria-labelledby": "together"]) { section in
            section.element("h2", ["id": "together"], "Classes in the same images")
            section.element(
                "p", ["class": "soft"],
                "Images that have both classes; the stronger the colour, the more of the row's images the column's class is "
                    + "in as well. At most the twenty most frequent classes.")
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Classes together"]
            ) {
                $0.element("table", ["class": "matrix"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            row.element("th", ["scope": "col"], "")
                            for name in cooccurrence.classes {
                                row.element("th", ["scope": "col", "title": name]) { $0.element("span", name) }
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for (index, name) in cooccurrence.classes.enumerated() {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row", "title": name], name)
                                writeCells(index, to: &row)
                            }
                        }
                    }
                }
            }
        }
    }

    private func writeCells(_ index: Int, to row: inout Markup) {
        let counts = cooccurrence.images[index]
        for (column, count) in counts.enumerated() {
            if count == 0 {
                row.element("td", ["class": "none"], "0")
            } else if column == index {
                row.element("td", ["class": "same", "style": "--v:0.1"], "\(count)")
            } else {
                let share = Double(count) / Double(max(counts[index], 1))
                row.element("td", ["class": "other", "style": "--v:\(share.fixed(3))"], "\(count)")
            }
        }
    }
}
