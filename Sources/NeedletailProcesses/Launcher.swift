import NeedletailPlatform

/// Who has started this process as one of several, as its environment tells.
package struct Launcher: Equatable, Sendable {
    package enum Library: Equatable, Sendable { case openMPI, mpich }

    /// What the library may be called; the first that can be loaded is used.
    package var libraries: [String]
    package var kind: Library?
    /// The number of this process, and how many there are.
    package var rank: Int
    package var count: Int

    /// Names the library, where it is not found by its usual name.
    static let libraryVariable = "NEEDLETAIL_MPI"

    /// Of this process; nil for one alone.
    static let own: Launcher? = {
        let keys = [
            "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "PMI_RANK", "PMIX_RANK", "SLURM_STEP_NUM_TASKS",
            "SLURM_PROCID", libraryVariable,
        ]
        // As almost always; it is asked at every start of the program.
        if keys.allSatisfy({ getenv($0) == nil }) { return nil }
        var environment: [String: String] = [:]
        for key in keys { environment[key] = getenv(key).map { String(cString: $0) } }
        return Launcher(environment: environment)
    }()

    /// - Parameter environment: Of the process.
    /// - Returns: Nil for a process alone.
    package init?(environment: [String: String]) {
        func number(_ key: String) -> Int? { environment[key].flatMap { Int($0) } }
        func first(_ keys: [String]) -> Int? { keys.lazy.compactMap { number($0) }.first }
        if let count = first(["OMPI_COMM_WORLD_SIZE"]) {
            (kind, self.count) = (.openMPI, count)
        } else if let count = first(["PMI_SIZE"]) {
            (kind, self.count) = (.mpich, count)
        } else if environment["PMIX_RANK"] != nil, let count = first(["SLURM_STEP_NUM_TASKS"]) {
            (kind, self.count) = (.openMPI, count)
        } else if let count = first(["SLURM_STEP_NUM_TASKS"]) {
            // Slurm has started several, and no library would let them find each other.
            (kind, self.count) = (nil, count)
        } else {
            return nil
        }
        guard count > 1 else { return nil }
        rank = first(["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"]) ?? 0
        if let given = environment[Self.libraryVariable], !given.isEmpty {
            libraries = [given]
        } else {
            // `.40` is that of Open MPI 2 to 5, `.12` that of MPICH's binary interface, which Intel MPI and MVAPICH share.
            libraries =
                kind == .openMPI
                ? ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib"]
                : ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.12.dylib"]
        }
    }

    /// The Debian package that has the library.
    var package: String { kind == .openMPI ? "libopenmpi3" : "libmpich12" }

    var libraryName: String { kind == .openMPI ? "Open MPI" : "MPICH" }
}
