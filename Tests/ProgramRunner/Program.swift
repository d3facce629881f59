import Foundation

/// One of the package's programs, run as a person runs it: arguments in; output, errors and exit status out.
public struct Program: Sendable {
    public let path: String
    /// What is set for it beside what is set for the tests.
    public var environment: [String: String] = [:]

    /// Finds a program that was built beside the tests.
    ///
    /// - Throws: ``ProgramError`` when it is not there.
    public init(_ name: String) throws {
        // The tests' own bundle is an argument on some platforms and the executable itself on others.
        let places = ProcessInfo.processInfo.arguments + [Bundle.main.bundlePath]
        for place in places where place.hasPrefix("/") {
            var folder = URL(fileURLWithPath: place)
            while folder.pathComponents.count > 1 {
                folder.deleteLastPathComponent()
                let candidate = folder.appendingPathComponent(name).path
                if Self.isProgram(candidate) {
                    path = candidate
                    return
                }
            }
        }
        throw ProgramError(description: "\(name) was not built beside the tests: \(places)")
    }

    /// A program of the system's.
    public init(path: String) { self.path = path }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    /// Runs the program to its end.
    ///
    /// - Parameter folder: The working folder; the tests' own unless given.
    public func run(_ arguments: [String], in folder: String? = nil) throws -> Outcome {
        try start(arguments, in: folder).finish()
    }

    /// Starts the program and returns at once.
    public func start(_ arguments: [String], in folder: String? = nil) throws -> RunningProgram {
        try RunningProgram(path: path, arguments: arguments, folder: folder, environment: environment)
    }

    /// How a program ended.
    public struct Outcome: Sendable {
        /// The exit status, or the negative number of the signal that ended it.
        public let status: Int32
        /// What it wrote to standard output.
        public let output: String
        /// What it wrote to standard error.
        public let errors: String

        /// The output as a JSON object.
        ///
        /// - Throws: When it is none.
        public func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
            guard let members = object as? [String: Any] else {
                throw ProgramError(description: "not a JSON object: \(output)")
            }
            return members
        }
    }
}

public struct ProgramError: Error, CustomStringConvertible {
    public let description: String
}
