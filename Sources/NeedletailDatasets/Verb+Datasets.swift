import NeedletailSystem

extension Setting {
    /// Which attribute of an object names its class.
    public static let classAttribute = Setting(rawValue: "ReadingOptions.classAttribute")
}

/// What a person can have done about a dataset.
extension Verb {
    public static let check = Verb(rawValue: "DatasetCheck")
    public static let draw = Verb(rawValue: "drawing")
}
