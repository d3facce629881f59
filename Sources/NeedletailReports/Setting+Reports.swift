import NeedletailSystem

extension Setting {
    /// Whether an evaluation leaves out what no metric is defined for.
    public static let leniency = Setting(rawValue: "isLenient")
}

extension Verb {
    /// A look at a dataset for what is wrong with it.
    public static let check = Verb(rawValue: "DatasetCheck")
}
