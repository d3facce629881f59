import NeedletailProcesses
import Testing

@Suite struct LauncherTests {
    private func launcher(_ environment: [String: String]) -> Launcher? { Launcher(environment: environment) }

    @Test func aProcessAloneHasNone() {
        #expect(launcher([:]) == nil)
        #expect(launcher(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == nil)
        // Of a script that Slurm runs, before any srun.
        #expect(launcher(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
    }

    @Test func launchersAreKnownByTheirVariables() throws {
        let open = try #require(launcher(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"]))
        #expect(open.kind == .openMPI && open.rank == 2 && open.count == 4 && open.libraries[0] == "libmpi.so.40")
        let hydra = try #require(launcher(["PMI_SIZE": "3", "PMI_RANK": "1"]))
        #expect(hydra.kind == .mpich && hydra.rank == 1 && hydra.count == 3 && hydra.libraries[0] == "libmpich.so.12")
        let pmix = try #require(
            launcher(["PMIX_RANK": "5", "SLURM_STEP_NUM_TASKS": "6", "SLURM_PROCID": "5", "SLURM_NTASKS": "6"]))
        #expect(pmix.kind == .openMPI && pmix.rank == 5 && pmix.count == 6)
        let lost = try #require(launcher(["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]))
        #expect(lost.kind == nil && lost.rank == 1)
    }

    @Test func aLibraryCanBeNamed() {
        let given = launcher(["PMI_SIZE": "2", "PMI_RANK": "0", "NEEDLETAIL_MPI": "/opt/mpi/lib/libmpi.so"])
        #expect(given?.libraries == ["/opt/mpi/lib/libmpi.so"])
    }
}
