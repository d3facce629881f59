/// Numbers of things, in words that agree with them.
enum Count {
    /// `1 epoch`, `3 epochs`.
    static func text(_ count: Int, _ noun: String, plural: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
    }
}
