/// What becomes of the image files when a dataset is written.
public enum ImageTransfer: String, Hashable, Sendable, CaseIterable {
    /// They stay where they are.
    case none
    /// Symbolic links to them are made where the format expects images.
    case link
    /// They are copied to where the format expects images.
    case copy
}
