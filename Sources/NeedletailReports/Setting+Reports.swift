import NeedletailSystem

extension Setting {
    /// Whether an evaluation leaves out what no metric is defined for.
    public static let leniency = Setting(rawValue: "isLenient")
}
