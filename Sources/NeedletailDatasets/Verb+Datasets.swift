import NeedletailSystem

/// What a person can have done about a dataset.
extension Verb {
    public static let check = Verb(rawValue: "DatasetCheck")
    public static let draw = Verb(rawValue: "drawing")
}
