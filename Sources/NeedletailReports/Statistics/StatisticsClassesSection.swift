import NeedletailCuration

/// How many boxes, images and sizes every class has.
struct StatisticsClassesSection {
    let statistics: DatasetStatistics

    func write(to markup: inout Markup) {
        let most = Double(max(statistics.classes.map(\.boxes).max() ?? 0, 1))
        let columns = [
            "Class", "Boxes", "Share", "Images", "Small", "Medium", "Large", "Median side", "Median w/h", "Crowds",
        ]
        markup.element("section", ["aria-labelledby": "classes"]) { section in
            section.element("h2", ["id": "classes"], "Classes")
            section.element(
                "p", ["class": "soft"],
                "As uncertain as \(statistics.effectiveClasses.fixed(1)) equally frequent classes. Small is below 32² "
                    + "square pixels, medium below 96². The side is the square root of the box's area, in pixels.")
            section.element(
                "div",
                [
                    "class": statistics.classes.count > 25 ? "scroll tall" : "scroll", "tabindex": "0",
                    "role": "region", "aria-label": "Numbers by class",
                ]
            ) {
                $0.element("table", ["class": "wide sortable"]) { table in
                    table.head(columns)
                    table.element("tbody") { body in
                        for category in statistics.classes.sorted(by: { $0.boxes > $1.boxes }) {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row", "title": category.name], category.name)
                                row.number(category.boxes)
                                row.bar(Double(category.boxes) / most)
                                row.number(category.images)
                                row.number(category.small)
                                row.number(category.medium)
                                row.number(category.large)
                                row.number(category.medianSide, digits: 1)
                                row.number(category.medianRatio, digits: 2)
                                row.number(category.crowds)
                            }
                        }
                    }
                }
            }
        }
    }
}
