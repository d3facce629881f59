import Dispatch
import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// Notices that another process has ended without a word, which MPI does not tell: who waits for its message would wait for
/// ever where the launcher does not end the job.
///
/// Each process keeps a connection to the first. What it leaves behind when it is killed is the end of that connection; a
/// computer that is lost says nothing any more. Where no connection can be made, nobody watches.
final class ProcessWatch: Sendable {
    private let isOver = Atomic<Bool>(false)
    /// By the rank of the other.
    private let connections: [Int: Int32]

    /// What goes over a connection.
    private enum Word {
        /// Still there.
        static let pulse = UInt8(ascii: ".")
        /// The end is in order, or somebody else says what is not.
        static let end = UInt8(ascii: "e")
        /// Another process is lost.
        static let loss = UInt8(ascii: "l")
    }

    /// The time without a word after which a process counts as lost.
    private static let patience = Duration.seconds(8)

    /// - Parameter lose: Called with the rank of the lost process, by the one that is to speak, or with nil.
    init?(
        over group: some ProcessGroup, hosts: [String], lose: @escaping @Sendable (Int?) -> Void
    ) throws(ProcessError) {
        let listener = group.isFirst ? Listener() : nil
        var message = try group.fromFirst {
            var message = Message()
            message.append(Int(listener?.port ?? 0))
            message.append(listener?.token ?? 0)
            message.append(listener.map { _ in Connection.ownAddresses } ?? []) { $0.append(Int($1)) }
            return message
        }
        let port = UInt16(truncatingIfNeeded: message.nextInt()), token = message.nextInt()
        var addresses = message.nextArray { UInt32(truncatingIfNeeded: $0.nextInt()) }
        if hosts[group.rank] == hosts[0] { addresses.insert(Connection.loopback, at: 0) }
        var connections: [Int: Int32] = [:]
        if let listener {
            connections = listener.accept(group.count - 1)
        } else if let connection = Connection.open(addresses, port: port, token: token, rank: group.rank) {
            connections = [0: connection]
        }
        let isWhole = connections.count == (group.isFirst ? group.count - 1 : 1)
        guard try !group.anywhere(!isWhole) else {
            for connection in connections.values { _ = close(connection) }
            return nil
        }
        self.connections = connections
        let isFirst = group.isFirst, speaksWithoutFirst = group.rank == 1
        DispatchQueue(label: "needletail.watch", qos: .utility).async { [self] in
            guard let lost = watch() else { return }
            say(Word.loss)
            // Of a loss that the first has told, the first speaks.
            let speaks = isFirst || (lost.wasSeen && speaksWithoutFirst)
            lose(speaks ? lost.rank : nil)
        }
    }

    /// No loss is reported from now on; the others are told that this process ends in order.
    func end() {
        isOver.store(true, ordering: .sequentiallyConsistent)
        say(Word.end)
    }

    /// Listens until all is over, or a process is lost.
    private func watch() -> (rank: Int, wasSeen: Bool)? {
        let clock = ContinuousClock()
        var silence = connections.mapValues { _ in Duration.zero }
        var lastTurn = clock.now, nextPulse = clock.now
        while !silence.isEmpty {
            if isOver.load(ordering: .sequentiallyConsistent) { return nil }
            let ranks = silence.keys.sorted()
            var places = ranks.map { pollfd(fd: connections[$0] ?? -1, events: Int16(POLLIN), revents: 0) }
            let ready = uninterrupted { poll(&places, nfds_t(places.count), 100) }
            let now = clock.now
            // A job that was stopped as a whole and goes on has lost nobody.
            let turn = min(lastTurn.duration(to: now), .milliseconds(200))
            lastTurn = now
            for (rank, place) in zip(ranks, places) {
                guard ready > 0, place.revents != 0 else {
                    silence[rank, default: .zero] += turn
                    if silence[rank, default: .zero] > Self.patience { return (rank, true) }
                    continue
                }
                silence[rank] = .zero
                let words = Connection.words(from: place.fd)
                if words.contains(Word.end) {
                    silence[rank] = nil
                } else if words.contains(Word.loss) {
                    return (rank, false)
                } else if words.isEmpty {
                    // The connection has ended, and so will this process if all is in order.
                    return isOver.load(ordering: .sequentiallyConsistent) ? nil : (rank, true)
                }
            }
            if now >= nextPulse {
                nextPulse = now + .seconds(1)
                say(Word.pulse)
            }
        }
        return nil
    }

    private func say(_ word: UInt8) {
        for connection in connections.values { Connection.say(word, to: connection) }
    }
}

/// Where the others find the first process.
private struct Listener {
    private let descriptor: Int32
    let port: UInt16
    /// Told to the others through MPI, so that nobody else is taken for one of them.
    let token: Int

    init?() {
        let descriptor = socket(AF_INET, Connection.streamType, 0)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = Connection.address(0, port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 1024) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else {
            _ = close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        token = Int(truncatingIfNeeded: UInt64.random(in: 1 ... .max))
    }

    /// The connections of so many processes, as far as they come within some seconds.
    func accept(_ count: Int) -> [Int: Int32] {
        defer { _ = close(descriptor) }
        var connections: [Int: Int32] = [:]
        let deadline = ContinuousClock.now + .seconds(10)
        while connections.count < count, ContinuousClock.now < deadline {
            var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard uninterrupted({ poll(&place, 1, 200) }) > 0 else { continue }
            let connection = uninterrupted { NeedletailPlatform.accept(descriptor, nil, nil) }
            guard connection >= 0 else { continue }
            if let rank = Connection.rank(of: connection, token: token), connections[rank] == nil {
                connections[rank] = connection
            } else {
                _ = close(connection)
            }
        }
        return connections
    }
}

private enum Connection {
    static let loopback: UInt32 = 0x7f00_0001

    #if canImport(Glibc)
        static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        static let streamType = SOCK_STREAM
    #endif

    static func address(_ address: UInt32, port: UInt16) -> sockaddr_in {
        var whole = sockaddr_in()
        whole.sin_family = sa_family_t(AF_INET)
        whole.sin_addr.s_addr = address.bigEndian
        whole.sin_port = port.bigEndian
        return whole
    }

    /// The addresses of this computer that others may reach.
    static var ownAddresses: [UInt32] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [UInt32] = [], entry = list
        while let current = entry {
            entry = current.pointee.ifa_next
            guard let address = current.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else {
                continue
            }
            let whole = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            let number = UInt32(bigEndian: whole.sin_addr.s_addr)
            if number != loopback { addresses.append(number) }
        }
        return addresses
    }

    /// A connection to the first process; nil where none of the addresses answers within some seconds.
    static func open(_ addresses: [UInt32], port: UInt16, token: Int, rank: Int) -> Int32? {
        guard port > 0 else { return nil }
        for address in addresses {
            let descriptor = socket(AF_INET, streamType, 0)
            guard descriptor >= 0 else { return nil }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if connect(descriptor, to: Self.address(address, port: port)), greet(descriptor, token: token, rank: rank) {
                return descriptor
            }
            _ = close(descriptor)
        }
        return nil
    }

    private static func connect(_ descriptor: Int32, to address: sockaddr_in) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(descriptor, F_SETFL, flags) }
        var address = address
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                NeedletailPlatform.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard uninterrupted({ poll(&place, 1, 2000) }) > 0 else { return false }
        var error: Int32 = 0, length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
    }

    private static func greet(_ descriptor: Int32, token: Int, rank: Int) -> Bool {
        var greeting = Message()
        greeting.append(token)
        greeting.append(rank)
        return greeting.bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, quiet) == $0.count }
    }

    /// Who has connected; nil for a stranger.
    static func rank(of connection: Int32, token: Int) -> Int? {
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = uninterrupted { recv(connection, &bytes, bytes.count, Int32(MSG_WAITALL)) }
        guard count == bytes.count else { return nil }
        var greeting = Message(bytes: bytes)
        return greeting.nextInt() == token ? greeting.nextInt() : nil
    }

    /// What has come; empty at the end of the connection.
    static func words(from connection: Int32) -> [UInt8] {
        var words = [UInt8](repeating: 0, count: 64)
        let count = uninterrupted { recv(connection, &words, words.count, 0) }
        return Array(words.prefix(max(count, 0)))
    }

    #if canImport(Darwin)
        private static let quiet: Int32 = 0
    #else
        /// A connection that is gone is no reason for a signal.
        private static let quiet = Int32(MSG_NOSIGNAL)
    #endif

    static func say(_ word: UInt8, to connection: Int32) {
        var word = word
        _ = send(connection, &word, 1, quiet)
    }
}
