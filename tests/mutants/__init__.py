"""Small defects put under the `socket` module of a target: does the library of scenarios notice a wrong socket layer?"""
