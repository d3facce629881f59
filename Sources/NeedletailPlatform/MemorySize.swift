/// How much memory this process may use.
package enum MemorySize {
    /// Bytes: the machine's, or what a control group allows where that is less.
    package static let usable: Int = {
        let machine = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
        #if os(Linux)
            let limits = ControlGroup.folders(of: "memory").compactMap { folder in
                ControlGroup.text(of: folder.path + (folder.isSecondVersion ? "/memory.max" : "/memory.limit_in_bytes"))
            }
            return least(machine: machine, limits: limits)
        #else
            return machine
        #endif
    }()

    /// Bytes that this process may have now, with those that it has: of what others leave, seven eighths, as the system ends
    /// processes when nothing is left.
    package static var available: Int {
        #if os(Linux)
            let free = kibibytes(of: "MemAvailable", in: ControlGroup.text(of: "/proc/meminfo"))
            let own = kibibytes(of: "RssAnon", in: ControlGroup.text(of: "/proc/self/status"))
            if let free, let own { return min(usable, (free + own) * 7 / 8 * 1024) }
        #endif
        return usable
    }

    /// The number of a line like `MemAvailable:   12345 kB`.
    package static func kibibytes(of name: String, in text: String?) -> Int? {
        text?.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(separator: " ").dropFirst().first
            .flatMap { Int($0) }
    }

    /// - Parameter limits: The texts of the groups' files: bytes or `max`; version 1 has a number beyond any memory for no
    ///   limit.
    package static func least(machine: Int, limits: [String]) -> Int {
        limits.reduce(machine) { least, text in
            guard let limit = text.split(separator: "\n").first.flatMap({ Int($0) }), limit > 0 else { return least }
            return min(least, limit)
        }
    }
}
