# Each target installs what is missing, then works. Nothing needs to be run before.

.PHONY: help demo devnet test mutate fuzz load soak weights zombienet setup

help:
	@echo 'make demo    run the whole path once: a batch sequenced, proved, verified and settled on Ethereum'
	@echo 'make devnet  the same network, kept running'
	@echo 'make test    every check'
	@echo 'make mutate  change N cells (SEED says which) of the circuit and see each refused'
	@echo 'make fuzz    compare random programs with wasmi for SECONDS (SEED says which), and check some in the circuit'
	@echo 'make load    send RATE extrinsics a second (1200) to one node for SECONDS (30), and compare all it did with a re-execution'
	@echo 'make soak    kill node, prover and Ethereum at random, KILLS times (20), and compare everything in the end'
	@echo 'make weights measure what calls and hooks cost, and write runtime/src/weights'
	@echo 'make zombienet  networks of several validators: finality, equivocation, staking, sync, relaying, upgrade'
	@echo 'make setup   install what is missing, and nothing else'

demo:
	@scripts/demo.sh

devnet:
	@scripts/devnet.sh

test:
	@scripts/test.sh

mutate:
	@N=$(N) SEED=$(SEED) scripts/mutate.sh

fuzz:
	@DURATION=$(SECONDS) SEED=$(SEED) WASM=$(WASM) scripts/fuzz.sh

load:
	@scripts/load.sh $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED))

soak:
	@scripts/soak.sh $(if $(KILLS),--kills $(KILLS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

weights:
	@scripts/weights.sh

zombienet:
	@scripts/zombienet.sh

setup:
	@scripts/setup.sh
