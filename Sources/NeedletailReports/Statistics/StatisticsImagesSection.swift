import NeedletailCuration

/// Sizes of images.
struct StatisticsImagesSection {
    let statistics: DatasetStatistics

    func write(to markup: inout Markup) {
        markup.element("section", ["aria-labelledby": "images"]) { section in
            section.element("h2", ["id": "images"], "Images")
            section.element("p", ["class": "soft"], summary)
            section.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Image sizes"])
            {
                $0.element("table") { table in
                    table.head(["Size", "Images", "Share"])
                    table.element("tbody") { body in
                        for size in statistics.imageSizes {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row"], "\(size.width) x \(size.height)")
                                row.number(size.images)
                                row.bar(Double(size.images) / Double(max(statistics.images, 1)))
                            }
                        }
                    }
                }
            }
        }
    }

    private var summary: String {
        let (width, height) = (statistics.imageWidth, statistics.imageHeight)
        var text =
            "\(statistics.differentImageSizes) different size\(statistics.differentImageSizes == 1 ? "" : "s"), from \(width.minimum.fixed(0)) to "
            + "\(width.maximum.fixed(0)) pixels wide and \(height.minimum.fixed(0)) to \(height.maximum.fixed(0)) high."
        if statistics.differentImageSizes > statistics.imageSizes.count { text += " The most frequent:" }
        if statistics.imagesWithoutSize > 0 { text += " \(statistics.imagesWithoutSize) images state no size." }
        return text
    }
}

extension Markup {
    mutating func head(_ names: [String]) {
        element("thead") { head in
            head.element("tr") { row in
                for name in names { row.element("th", ["scope": "col"], name) }
            }
        }
    }
}
