import NeedletailDatasets

extension RecordBatch {
    /// The row of the category of the object that is added next, of the classes that the file gives it.
    ///
    /// Of several the first one counts; an object without any is called `object`.
    func category(ofFirst classes: [String], missing: String = "no label") -> Int {
        if classes.count > 1 { remarkOnNextObject(.severalClasses, classes.joined(separator: ", ")) }
        if classes.isEmpty { remarkOnNextObject(.missingClass, missing) }
        return category(classes.first ?? "object")
    }

    /// The row of the category of the object that is added next, by the one name that the file gives it; nothing but
    /// spaces is no name.
    func category(called name: String?) -> Int {
        guard let name, name.contains(where: { !$0.isWhitespace }) else { return category(ofFirst: []) }
        return category(name)
    }
}
