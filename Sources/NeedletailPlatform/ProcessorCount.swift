/// How many processors this process may use at a time.
package enum ProcessorCount {
    /// Those that are online, that the affinity mask allows and that the quota of a control group amounts to; at least 1.
    package static let usable: Int = {
        let online = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        #if os(Linux)
            let quotas = ControlGroup.folders(of: "cpu").compactMap { folder in
                let file = { ControlGroup.text(of: folder.path + $0) ?? "" }
                return folder.isSecondVersion
                    ? quota(file("/cpu.max")) : quota(file("/cpu.cfs_quota_us"), period: file("/cpu.cfs_period_us"))
            }
            let mask = allowed(ControlGroup.text(of: "/proc/self/status") ?? "")
            return least(online: online, allowed: mask, quotas: quotas)
        #else
            return online
        #endif
    }()

    /// - Parameters:
    ///   - allowed: Processors in the affinity mask, if it could be had.
    ///   - quotas: Processors' worth of time, which may be a fraction: a part of a processor is worth a thread.
    package static func least(online: Int, allowed: Int?, quotas: [Double]) -> Int {
        var count = Double(online)
        if let allowed { count = min(count, Double(allowed)) }
        for quota in quotas { count = min(count, quota.rounded(.up)) }
        return max(1, Int(count))
    }

    /// Processors in the affinity mask.
    ///
    /// - Parameter status: The text of `/proc/self/status`, with a line such as `Cpus_allowed: ff,ffffffff`.
    package static func allowed(_ status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
            return nil
        }
        let count = line.drop { $0 != ":" }.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }

    /// Processors' worth of time of a control group; nil where there is no limit.
    ///
    /// - Parameters:
    ///   - text: Of `cpu.max`, `150000 100000` or `max 100000`, or of version 1's `cpu.cfs_quota_us`, -1 for no limit.
    ///   - period: Of version 1's `cpu.cfs_period_us`.
    package static func quota(_ text: String, period: String? = nil) -> Double? {
        let words = (text + " " + (period ?? "")).split { $0 == " " || $0 == "\n" }
        guard words.count >= 2, let time = Double(words[0]), let period = Double(words[1]), time > 0, period > 0 else {
            return nil
        }
        return time / period
    }
}
