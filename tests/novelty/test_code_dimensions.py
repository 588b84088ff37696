from vaelib.novelty import code_dimensions, experiments, sweeps


def test_the_study_holds_the_models_of_figure_1_and_each_control_once():
    names = [request.experiment.name for request in code_dimensions.requests()]
    assert len(names) == len(set(names)) == 3 * (9 + 4 + 4)
    unseen = {e.name for seed in experiments.SEEDS for e in experiments.figure(1, seed=seed) if e.held_out == 9}
    assert unseen | {request.experiment.name for request in sweeps.controls()} <= set(names)
