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

    /// - Parameter limits: The texts of the groups' files: bytes or `max`; version 1 has a number beyond any memory for no
    ///   limit.
    package static func least(machine: Int, limits: [String]) -> Int {
        limits.reduce(machine) { least, text in
            guard let limit = text.split(separator: "\n").first.flatMap({ Int($0) }), limit > 0 else { return least }
            return min(least, limit)
        }
    }
}
