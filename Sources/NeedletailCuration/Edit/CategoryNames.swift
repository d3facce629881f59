import NeedletailDatasets
import NeedletailErrors
import NeedletailGeometry

/// The names that a dataset's categories have, and what to say of one that none has.
struct CategoryNames {
    private let names: [String]

    init(_ categories: [Category]) {
        names = categories.map(\.name)
    }

    /// Names as the dataset writes them, which may be told in other case and with other spaces and hyphens.
    ///
    /// - Throws: `CurationError` that names the categories there are.
    func written(_ wanted: [String]) throws(CurationError) -> [String] {
        let index = CategoryNameIndex(names)
        var written: [String] = []
        for name in wanted {
            guard let place = index.place(of: name) else {
                throw CurationError(.unknownName, problem: refusal(of: name) + ".")
            }
            written.append(names[place])
        }
        return written
    }

    /// A name as the dataset writes it; nil of one that is none.
    func written(_ name: String) -> String? { CategoryNameIndex(names).place(of: name).map { names[$0] } }

    /// What to say of a name that is none, with the one that was probably meant.
    func refusal(of name: String) -> String {
        if let nearest = NearestName.of(name, among: names) {
            return "no category is called \"\(name)\"; \"\(nearest)\" may be meant"
        }
        let some = names.listed(12)
        return "no category is called \"\(name)\"; there are \(some)"
    }
}
