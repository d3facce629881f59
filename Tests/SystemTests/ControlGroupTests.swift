import NeedletailPlatform
import Testing

/// Limits of control groups, from texts as Linux writes them.
@Suite struct ControlGroupTests {
    private static let firstVersion = "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n1:name=systemd:/a:b\n0::/\n"

    @Test func groupsAroundAGroupCountToo() {
        let second = ControlGroup.folders(of: "cpu", "0::/user.slice/job\n")
        #expect(
            second.map(\.path) == [
                "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/user.slice/job",
            ])
        #expect(second.map(\.isSecondVersion) == [true, true, true])
        let first = ControlGroup.folders(of: "cpu", Self.firstVersion)
        #expect(
            first.map(\.path) == [
                "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/docker",
                "/sys/fs/cgroup/cpu,cpuacct/docker/1", "/sys/fs/cgroup",
            ])
        #expect(first.map(\.isSecondVersion) == [false, false, false, true])
    }

    @Test func controllersHaveGroupsOfTheirOwn() {
        let folders = ControlGroup.folders(of: "memory", Self.firstVersion)
        #expect(folders.first?.path == "/sys/fs/cgroup/memory" && folders.first?.isSecondVersion == false)
        #expect(folders.count == 4)
    }

    @Test func theLeastMemoryCounts() {
        #expect(MemorySize.least(machine: 1 << 34, limits: []) == 1 << 34)
        #expect(MemorySize.least(machine: 1 << 34, limits: ["max\n", "9223372036854771712\n"]) == 1 << 34)
        #expect(MemorySize.least(machine: 1 << 34, limits: ["536870912\n", "max\n", "1073741824\n"]) == 1 << 29)
        #expect(MemorySize.least(machine: 1 << 34, limits: ["", "-1\n", "0\n"]) == 1 << 34)
        #expect(MemorySize.usable > 1 << 20)
    }

    /// As Linux tells what is free and what a process has.
    @Test func whatIsFreeIsRead() {
        let text = "MemTotal:       24683520 kB\nMemFree:        21000000 kB\nMemAvailable:   21783040 kB\n"
        #expect(MemorySize.kibibytes(of: "MemAvailable", in: text) == 21_783_040)
        #expect(MemorySize.kibibytes(of: "RssAnon", in: text) == nil)
        #expect(MemorySize.kibibytes(of: "MemFree", in: nil) == nil)
        #expect((1 << 20...MemorySize.usable).contains(MemorySize.available))
    }
}
