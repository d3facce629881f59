import NeedletailSystem

extension Setting {
    public static let format = Setting(rawValue: "ReadingOptions.format")
    public static let split = Setting(rawValue: "ReadingOptions.split")
    public static let imageFolder = Setting(rawValue: "ReadingOptions.images")
    public static let annotations = Setting(rawValue: "ReadingOptions.annotations")
    public static let columns = Setting(rawValue: "ReadingOptions.columns")
    public static let sidecarUse = Setting(rawValue: "ReadingOptions.usesSidecar")
    public static let overwriting = Setting(rawValue: "WritingOptions.overwrites")
}

extension Verb {
    public static let listFormats = Verb(rawValue: "DatasetFormat.allCases")
    public static let convert = Verb(rawValue: "Dataset.write")
    /// Renaming, joining and dropping categories.
    public static let remap = Verb(rawValue: "CategoryMapping")
}
