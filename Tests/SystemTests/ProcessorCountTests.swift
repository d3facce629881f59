import NeedletailPlatform
import Testing

/// Processors that a process may use, from texts as Linux writes them.
@Suite struct ProcessorCountTests {
    @Test func quotasOfBothVersions() {
        #expect(ProcessorCount.quota("150000 100000\n") == 1.5)
        #expect(ProcessorCount.quota("max 100000\n") == nil)
        #expect(ProcessorCount.quota("200000\n", period: "100000\n") == 2)
        #expect(ProcessorCount.quota("-1\n", period: "100000\n") == nil)
        #expect(ProcessorCount.quota("", period: nil) == nil)
        #expect(ProcessorCount.quota("100000 0") == nil)
    }

    @Test func masksAreCounted() {
        #expect(ProcessorCount.allowed("Name:\tx\nCpus_allowed:\tff,0000000f\nCpus_allowed_list:\t0-3,32-39\n") == 12)
        #expect(ProcessorCount.allowed("Cpus_allowed:\t1\n") == 1)
        #expect(ProcessorCount.allowed("Name:\tx\n") == nil)
    }

    @Test func theLeastOfAllCounts() {
        #expect(ProcessorCount.least(online: 16, allowed: nil, quotas: []) == 16)
        #expect(ProcessorCount.least(online: 16, allowed: 4, quotas: [6]) == 4)
        #expect(ProcessorCount.least(online: 16, allowed: 8, quotas: [12, 1.5]) == 2)
        #expect(ProcessorCount.least(online: 16, allowed: 8, quotas: [0.1]) == 1)
    }

    @Test func thisProcessHasProcessors() { #expect(ProcessorCount.usable >= 1) }
}
