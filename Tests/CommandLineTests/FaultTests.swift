#if os(Linux)
    import Foundation
    import NeedletailPlatform
    import ProgramRunner
    import Testing

    /// System calls that fail: what is written is whole or absent, and the program says so. `Tests/Robustness/faults.py` lets
    /// every call of every verb fail.
    @Suite struct FaultTests {
        private let folder: TemporaryFolder
        private let program: Program

        init() throws {
            folder = try TemporaryFolder()
            var program = try Program("needletail")
            let library = URL(fileURLWithPath: program.path).deletingLastPathComponent()
                .appendingPathComponent("libFaultInjection.so").path
            program.environment = ["LD_PRELOAD": library, "FAULT_BELOW": folder.path, "SWIFT_BACKTRACE": "enable=no"]
            self.program = program
            let shapes = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
            try folder.write(shapes.names.map { "images/\($0),1,2,30,40,cat\n" }.joined(), to: "boxes.csv")
        }

        private static let verbs = [
            ["convert", "train.json", "out", "--to", "yolo", "--copy-images"],
            ["draw", "train.json", "--output", "out"],
            ["check", "train.json", "--fix", "out/fixed.json"],
            // Sizes are in the images alone.
            ["convert", "boxes.csv", "out/a.json", "--from", "retinanet"],
        ]

        private func run(_ verb: [String], _ fault: String) throws -> (outcome: Program.Outcome, files: [String: Data])
        {
            try? FileManager.default.removeItem(atPath: folder("out"))
            var program = program
            program.environment["FAULT"] = fault
            let outcome = try program.run(verb + ["--images", "images"], in: folder.path)
            let names = (FileManager.default.enumerator(atPath: folder("out"))?.allObjects as? [String]) ?? []
            var files: [String: Data] = [:]
            for name in names { files[name] = FileManager.default.contents(atPath: folder("out/" + name)) }
            return (outcome, files)
        }

        @Test(arguments: verbs) func signalsAreNotNoticed(_ verb: [String]) throws {
            let whole = try run(verb, "read:0:0")
            #expect(whole.outcome.status == 0 && !whole.files.isEmpty, "\(whole.outcome.errors)")
            for call in ["open", "read", "write", "stat", "rename", "close", "mkdir", "opendir", "getdents", "link"] {
                for turn in [1, 2, 4] {
                    let other = try run(verb, "\(call):\(turn):\(EINTR)")
                    #expect(
                        other.outcome.status == 0 && other.files == whole.files,
                        "\(call) \(turn): \(other.outcome.errors)")
                }
            }
        }

        @Test(arguments: verbs) func failuresAreToldAndLeaveNothingHalf(_ verb: [String]) throws {
            let whole = try run(verb, "read:0:0"), dataset = try folder.bytes(of: "train.json")
            let faults = [
                ("open", EMFILE), ("open", EIO), ("write", ENOSPC), ("stat", EIO), ("rename", EIO), ("mmap", ENOMEM),
                ("close", ENOSPC), ("mkdir", ENOSPC), ("opendir", EMFILE), ("getdents", EIO),
            ]
            for (call, code) in faults {
                for turn in [1, 3] {
                    let (outcome, files) = try run(verb, "\(call):\(turn):\(code)")
                    let place = "\(verb[0]), \(call) \(turn): \(outcome.errors)"
                    if outcome.status == 0 {
                        #expect(files == whole.files, "\(place)")
                    } else {
                        #expect(outcome.status == 1, "\(place)")
                        #expect(outcome.errors.contains(String(cString: strerror(code))), "\(place)")
                    }
                    for (name, content) in files { #expect(content == whole.files[name], "\(name), \(place)") }
                    #expect(try folder.bytes(of: "train.json") == dataset)
                }
            }
        }
    }
#endif
