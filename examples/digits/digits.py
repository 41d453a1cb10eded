"""Trains a small network on handwritten digits; a run can stop and go on, here or in C++.

    python digits.py data DIGITS.csv.gz DATA.stone       the digits, for both languages
    python digits.py start STEPS DATA.stone RUN.stone    the first steps of a run
    python digits.py resume STEPS DATA.stone RUN.stone NEXT.stone
    python digits.py compare DATA.stone RUN.stone OTHER.stone

digits.cc has the same in C++.
"""

import gzip
import hashlib
import sys

import torch

import statestone

STEPS = 600  # of a whole run: what the schedule is made for
BATCH = 64
TEST = 297  # digits that are kept for the test


def make_network():
    return torch.nn.Sequential(
        torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(128, 10)
    )


class Run:
    def __init__(self):
        self.network = make_network()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=2e-3)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=STEPS)

    def train(self, data, steps):
        images, labels = data["images"][:-TEST], data["labels"][:-TEST]
        for _ in range(steps):
            batch = torch.randint(len(images), (BATCH,))
            self.optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(self.network(images[batch]), labels[batch])
            loss.backward()
            self.optimizer.step()
            self.schedule.step()

    def save(self, path):
        statestone.save(
            {
                "model": self.network,
                "optimizer": self.optimizer,
                "schedule": self.schedule,
                "rng": torch.get_rng_state(),
            },
            path,
        )

    def restore(self, path):
        run = statestone.open(path)
        run.restore(model=self.network, optimizer=self.optimizer, schedule=self.schedule)
        torch.set_rng_state(run["rng"].load())


def read_digits(source, target):
    with gzip.open(source, "rt") as lines:
        rows = [[int(float(number)) for number in line.split(",")] for line in lines]
    digits = torch.tensor(rows)
    statestone.save({"images": digits[:, :64] / 16, "labels": digits[:, 64].clone()}, target)


def fingerprint(network):
    sha = hashlib.sha256()
    for parameter in network.parameters():
        sha.update(parameter.detach().numpy().tobytes())
    return sha.hexdigest()[:16]


def compare(data, paths):
    found = []
    for path in paths:
        run = Run()
        run.restore(path)
        run.network.eval()
        right = run.network(data["images"][-TEST:]).argmax(1) == data["labels"][-TEST:]
        found.append(fingerprint(run.network))
        print(f"{path}: parameters {found[-1]}, {right.sum()} of {TEST} digits right")
    if len(set(found)) != 1:
        sys.exit("the parameters differ")


def main():
    torch.set_num_threads(1)
    command, *arguments = sys.argv[1:]
    if command == "data":
        return read_digits(*arguments)
    if command == "compare":
        return compare(statestone.load(arguments[0]), arguments[1:])
    steps, data, *paths = arguments
    run = Run()
    if command == "start":
        torch.manual_seed(2026)
        run = Run()
    else:
        run.restore(paths[0])
    run.train(statestone.load(data), int(steps))
    run.save(paths[-1])
    print(f"{steps} steps in Python")


if __name__ == "__main__":
    main()
