extension String {
    /// The text without spaces, tabs and line ends around it.
    package func trimmingSpaces() -> String {
        guard let first = utf8.firstIndex(where: { $0 > 0x20 }), let last = utf8.lastIndex(where: { $0 > 0x20 })
        else { return "" }
        return String(self[first...last])
    }
}
