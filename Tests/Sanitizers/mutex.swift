// Four threads that add to a list, one after the other. The sanitizer for threads reports a race all the same:
//
//     swiftc -sanitize=thread -g Tests/Sanitizers/mutex.swift -o /tmp/mutex && /tmp/mutex
//     TSAN_OPTIONS=suppressions=Tests/Sanitizers/thread.txt /tmp/mutex
import Dispatch
import Synchronization

let numbers = Mutex<[Int]>([])
DispatchQueue.concurrentPerform(iterations: 4) { thread in
    for number in 0..<20_000 { numbers.withLock { $0.append(thread + number) } }
}
print(numbers.withLock { $0.count })
