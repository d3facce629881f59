import Foundation
import NeedletailPlatform
import ProgramRunner

/// A headless Chromium, driven over the DevTools protocol: JSON messages, ended by a zero byte, through two pipes.
///
/// It has no network: every host name resolves to nothing.
final class Browser {
    /// The first Chromium on the search path; nil where there is none.
    static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        for name in ["chromium", "chromium-browser", "google-chrome", "chrome"] {
            for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        }
        return nil
    }()

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    typealias Message = [String: Any]

    private let process = Process()
    private let folder: TemporaryFolder
    private let commands: Int32
    private let answers: Int32
    private var session: String?
    private var lastID = 0
    private var unread: [UInt8] = []
    /// What the browser reported without being asked, in order.
    private(set) var events: [Message] = []

    /// Starts the browser with an empty page.
    init() throws {
        guard let path = Self.path else { throw Failure(description: "there is no Chromium") }
        folder = try TemporaryFolder()
        let pipes = (commands: folder.path + "/commands", answers: folder.path + "/answers")
        guard mkfifo(pipes.commands, 0o600) == 0, mkfifo(pipes.answers, 0o600) == 0 else {
            throw Failure(description: "cannot make pipes: \(String(cString: strerror(errno)))")
        }
        // Opened for reading and writing, so that neither side waits for the other to open its end.
        commands = open(pipes.commands, O_RDWR | O_CLOEXEC)
        answers = open(pipes.answers, O_RDWR | O_CLOEXEC)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "exec \"$0\" \"$@\" 3<\"$COMMANDS\" 4>\"$ANSWERS\"", path, "--headless=new",
            "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--hide-scrollbars", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--user-data-dir=\(folder.path)/profile", "about:blank",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["COMMANDS": pipes.commands, "ANSWERS": pipes.answers]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let targets = try call("Target.getTargets")["targetInfos"] as? [Message] ?? []
        guard let page = targets.first(where: { $0["type"] as? String == "page" })?["targetId"] as? String else {
            throw Failure(description: "the browser has no page: \(targets)")
        }
        session = try call("Target.attachToTarget", ["targetId": page, "flatten": true])["sessionId"] as? String
        for domain in ["Page", "Runtime", "Network", "Log"] { try call("\(domain).enable") }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        close(commands)
        close(answers)
    }

    /// Sends a command and waits for its result.
    @discardableResult
    func call(_ method: String, _ parameters: Message = [:]) throws -> Message {
        lastID += 1
        var message: Message = ["id": lastID, "method": method, "params": parameters]
        message["sessionId"] = session
        var bytes = try [UInt8](JSONSerialization.data(withJSONObject: message)) + [0]
        while !bytes.isEmpty {
            let written = write(commands, bytes, bytes.count)
            guard written > 0 else { throw Failure(description: "the browser does not listen") }
            bytes.removeFirst(written)
        }
        while true {
            let answer = try receive(within: 60)
            guard let id = answer["id"] as? Int else {
                events.append(answer)
                continue
            }
            guard id == lastID else { continue }
            if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
            return answer["result"] as? Message ?? [:]
        }
    }

    private func receive(within seconds: Double) throws -> Message {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            if let end = unread.firstIndex(of: 0) {
                let message = try JSONSerialization.jsonObject(with: Data(unread[..<end])) as? Message
                unread.removeFirst(end + 1)
                return message ?? [:]
            }
            var poller = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 1000) >= 0 || errno == EINTR, Date() < deadline else {
                throw Failure(description: "no answer from the browser after \(Int(seconds)) s")
            }
            guard poller.revents & Int16(POLLIN) != 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(answers, &buffer, buffer.count)
            if count > 0 { unread.append(contentsOf: buffer[..<count]) }
        }
    }
}

extension Browser {
    /// Opens a file in a window of a size, in light or dark, and waits until it is there.
    func show(_ path: String, width: Int, height: Int = 900, isDark: Bool = false) throws {
        try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500])
        try call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
        try call("Page.navigate", ["url": URL(fileURLWithPath: path).absoluteString])
        _ = try evaluate(
            "document.readyState === 'complete' || new Promise(function (done) { addEventListener('load', done); })")
    }

    /// The value of a JavaScript expression in the page; of a promise what it comes to.
    func evaluate(_ expression: String) throws -> Any? {
        let answer = try call(
            "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
        if let exception = answer["exceptionDetails"] { throw Failure(description: "\(exception)") }
        return (answer["result"] as? Message)?["value"]
    }

    /// Clicks where the middle of an element is, after scrolling to it.
    func click(_ selector: String) throws {
        let place = try evaluate(
            """
            (function (element) {
              element.scrollIntoView({ block: "center", behavior: "instant" });
              var box = element.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            })(document.querySelector('\(selector)'))
            """)
        guard let place = place as? [Double], place.count == 2 else { throw Failure(description: "no \(selector)") }
        for kind in ["mousePressed", "mouseReleased"] {
            try call(
                "Input.dispatchMouseEvent",
                ["type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
        }
    }

    enum Key: String {
        case tab = "Tab"
        case enter = "Enter"
        case space = "Space"
    }

    /// Presses a key and lets it go.
    func press(_ key: Key) throws {
        let (code, text) =
            switch key {
            case .tab: (9, "")
            case .enter: (13, "\r")
            case .space: (32, " ")
            }
        for kind in [text.isEmpty ? "rawKeyDown" : "keyDown", "keyUp"] {
            var event: Message = [
                "type": kind, "key": key == .space ? " " : key.rawValue, "code": key.rawValue,
                "windowsVirtualKeyCode": code,
            ]
            if kind == "keyDown" { event["text"] = text }
            try call("Input.dispatchKeyEvent", event)
        }
    }
}
