# Each target installs what is missing, then works. Nothing needs to be run before.

.PHONY: help demo devnet test mutate fuzz setup

help:
	@echo 'make demo    run the whole path once: a batch sequenced, proved, verified and settled on Ethereum'
	@echo 'make devnet  the same network, kept running'
	@echo 'make test    every check'
	@echo 'make mutate  change N cells (SEED says which) of the circuit and see each refused'
	@echo 'make fuzz    compare random programs with wasmi for SECONDS (SEED says which), and check some in the circuit'
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

setup:
	@scripts/setup.sh
